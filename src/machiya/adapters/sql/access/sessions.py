"""Sessions in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select

from machiya.access.model import Session, Who
from machiya.adapters.sql.access.rows import OnConnection, is_who, who_of, who_values
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.access import access_sessions


class SqlSessionRepository(OnConnection):
    """``SessionRepository``."""

    def find(self, token_hash: str) -> Session | None:
        """The one of this token."""
        row = self._first(select(access_sessions).where(access_sessions.c.token_hash == token_hash))
        return _session(row) if row else None

    def of(self, who: Who) -> tuple[Session, ...]:
        """Newest first."""
        newest = (access_sessions.c.created_at.desc(), access_sessions.c.id)
        query = select(access_sessions).where(is_who(access_sessions, who)).order_by(*newest)
        return tuple(map(_session, self._rows(query)))

    def save(self, session: Session) -> None:
        """Insert or update, by id."""
        values = {
            "id": session.id,
            **who_values(session.who),
            "token_hash": session.token_hash,
            "stamp": session.stamp,
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "authenticated_at": session.authenticated_at,
            "expires_at": session.expires_at,
            "client_address": session.client_address,
            "user_agent": session.user_agent,
        }
        self._write(upsert(access_sessions, self._connection.dialect), values)

    def remove(self, session_id: str) -> None:
        """Delete."""
        self._write(delete(access_sessions).where(access_sessions.c.id == session_id))

    def remove_ended(self, not_seen_since: datetime, now: datetime) -> None:
        """Idle for too long, or at their absolute end."""
        ended = (access_sessions.c.last_seen_at <= not_seen_since) | (access_sessions.c.expires_at <= now)
        self._write(delete(access_sessions).where(ended))


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        who=who_of(row),
        token_hash=row.token_hash,
        stamp=row.stamp,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        authenticated_at=row.authenticated_at,
        expires_at=row.expires_at,
        client_address=row.client_address,
        user_agent=row.user_agent,
    )
