"""Administrators and invitations in the database."""

from typing import Any

from sqlalchemy import Row, Select, delete, select

from machiya.access.model import Administrator, Invitation, Role, WhoKind
from machiya.adapters.sql.access.rows import OnConnection, role_of
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.access import access_factors, administrator_invitations, administrators


class SqlAdministratorRepository(OnConnection):
    """``AdministratorRepository``."""

    def all(self) -> tuple[Administrator, ...]:
        """By name."""
        return tuple(map(_administrator, self._rows(_with_totp().order_by(administrators.c.name))))

    def find(self, name: str) -> Administrator | None:
        """One."""
        row = self._first(_with_totp().where(administrators.c.name == name))
        return _administrator(row) if row else None

    def save(self, administrator: Administrator) -> None:
        """Insert or update."""
        values = {
            "name": administrator.name,
            "role": administrator.role.value,
            "created_at": administrator.created_at,
            "password": administrator.password,
            "enabled": administrator.enabled,
        }
        self._write(upsert(administrators, self._connection.dialect), values)

    def remove(self, name: str) -> None:
        """Delete."""
        self._write(delete(administrators).where(administrators.c.name == name))

    def invitations(self) -> tuple[Invitation, ...]:
        """By name."""
        query = select(administrator_invitations).order_by(administrator_invitations.c.name)
        return tuple(map(_invitation, self._rows(query)))

    def invitation(self, token_hash: str) -> Invitation | None:
        """The one of this link."""
        column = administrator_invitations.c.token_hash
        row = self._first(select(administrator_invitations).where(column == token_hash))
        return _invitation(row) if row else None

    def save_invitation(self, invitation: Invitation) -> None:
        """Replace the one of this name."""
        values = {
            "name": invitation.name,
            "role": invitation.role.value,
            "token_hash": invitation.token_hash,
            "created_at": invitation.created_at,
            "expires_at": invitation.expires_at,
            "invited_by": invitation.invited_by,
        }
        self._write(upsert(administrator_invitations, self._connection.dialect), values)

    def remove_invitation(self, name: str) -> None:
        """Delete."""
        self._write(delete(administrator_invitations).where(administrator_invitations.c.name == name))


def _with_totp() -> Select[Any]:
    on = (access_factors.c.who_kind == WhoKind.ADMINISTRATOR.value) & (
        access_factors.c.who_name == administrators.c.name
    )
    return select(administrators, access_factors.c.confirmed).outerjoin(access_factors, on)


def _administrator(row: Row[Any]) -> Administrator:
    role = role_of(row.role)
    return Administrator(
        name=row.name,
        role=role or Role.VIEWER,
        created_at=row.created_at,
        password=row.password,
        enabled=row.enabled and role is not None,
        totp=bool(row.confirmed),
    )


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        name=row.name,
        role=role_of(row.role) or Role.VIEWER,
        token_hash=row.token_hash,
        created_at=row.created_at,
        expires_at=row.expires_at,
        invited_by=row.invited_by,
    )
