"""Failed log-ins in the database."""

from datetime import datetime

from sqlalchemy import delete, select

from machiya.access.model import Attempts
from machiya.adapters.sql.access.rows import OnConnection
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.access import access_attempts


class SqlAttemptRepository(OnConnection):
    """``AttemptRepository``."""

    def find(self, key: str) -> Attempts | None:
        """Of one key."""
        row = self._first(select(access_attempts).where(access_attempts.c.key == key))
        return Attempts(row.key, row.failures, row.rounds, row.forget_at, row.blocked_until) if row else None

    def save(self, attempts: Attempts) -> None:
        """Insert or update."""
        values = {
            "key": attempts.key,
            "failures": attempts.failures,
            "rounds": attempts.rounds,
            "forget_at": attempts.forget_at,
            "blocked_until": attempts.blocked_until,
        }
        self._write(upsert(access_attempts, self._connection.dialect), values)

    def remove(self, key: str) -> None:
        """Delete."""
        self._write(delete(access_attempts).where(access_attempts.c.key == key))

    def prune(self, now: datetime, most: int) -> None:
        """Delete what may be forgotten, and what is forgotten soonest beyond ``most`` rows."""
        self._write(delete(access_attempts).where(access_attempts.c.forget_at <= now))
        latest = (access_attempts.c.forget_at.desc(), access_attempts.c.key)
        beyond = select(access_attempts.c.key).order_by(*latest).offset(most).limit(most)
        surplus = [row.key for row in self._rows(beyond)]
        if surplus:
            self._write(delete(access_attempts).where(access_attempts.c.key.in_(surplus)))
