"""Who is asking: found from the session's cookie, never from what a form says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from machiya.access.model import Permission, Session, WhoKind
from machiya.core.addresses import EmailAddress
from machiya.entrypoints.usermgmt.pages import Visitors

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a session; ``fresh``: the password was typed a moment ago."""

    session: Session
    fresh: bool

    @property
    def name(self) -> str:
        """An administrator's name or the address of a mailbox."""
        return self.session.who.name

    @property
    def actor(self) -> str:
        """As the audit log has it."""
        return str(self.session.who)

    @property
    def address(self) -> EmailAddress | None:
        """Of the mailbox this is the owner of; None for an administrator."""
        return EmailAddress.parse(self.name) if self.session.who.kind is WhoKind.MAILBOX else None

    def may(self, permission: StrEnum) -> bool:
        """Deny by default."""
        if permission is Visitors.LOGGED_IN:
            return True
        if permission is Visitors.OWNER:
            return self.session.who.kind is WhoKind.MAILBOX
        return isinstance(permission, Permission) and self.session.may(permission)


class Visits:
    """Visitors by the token of their session."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    def of(self, token: str) -> Visitor | None:
        """The visitor with this session; None: unknown, ended or expired."""
        access = self._desk.access
        session = access.find_session(token) if token else None
        return Visitor(session, access.sessions.is_fresh(session)) if session else None
