"""The audit log in the database."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, func, insert, select

from machiya.access.audit import Entry, Head
from machiya.adapters.sql.access.rows import OnConnection
from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.access import audit_head, audit_log

_HEAD_ROW = 1
_AT_ONCE = 1000


class SqlAuditRepository(OnConnection):
    """``AuditRepository``."""

    def lock_head(self) -> Head:
        """MariaDB: the row is locked until the transaction ends. SQLite: whoever writes is alone anyway."""
        keep = upsert(audit_head, self._connection.dialect, {"id": audit_head.c.id})
        self._write(keep, _head_values(Head()))
        return self.head()

    def head(self) -> Head:
        """The head; the beginning where there is none."""
        row = self._first(select(audit_head).where(audit_head.c.id == _HEAD_ROW))
        return Head(row.number, row.hash) if row else Head()

    def save_head(self, head: Head) -> None:
        """Replace it."""
        self._write(upsert(audit_head, self._connection.dialect), _head_values(head))

    def last_number(self) -> int:
        """Of the newest entry."""
        with translating():
            return self._connection.scalar(select(func.max(audit_log.c.number))) or 0

    def append(self, entry: Entry) -> None:
        """Insert."""
        self._write(insert(audit_log), {column: getattr(entry, column) for column in audit_log.c.keys()})  # noqa: SIM118 – columns, not a dict

    def every(self) -> Iterator[Entry]:
        """By number, some at a time: the log is never in memory as a whole."""
        query, after = select(audit_log).order_by(audit_log.c.number).limit(_AT_ONCE), None
        while True:
            rows = self._rows(query if after is None else query.where(audit_log.c.number > after))
            yield from map(_entry, rows)
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].number

    def newest(self, limit: int, *, before: int | None = None, actor: str = "", target: str = "") -> tuple[Entry, ...]:
        """Newest first."""
        query = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit_log.c.number < before)
        if actor:
            query = query.where(audit_log.c.actor == actor)
        if target:
            query = query.where(audit_log.c.target == target)
        return tuple(map(_entry, self._rows(query)))


def _head_values(head: Head) -> dict[str, Any]:
    return {"id": _HEAD_ROW, "number": head.number, "hash": head.hash}


def _entry(row: Row[Any]) -> Entry:
    """SQLite keeps whatever type was written: a text that is none must be seen as changed, not stop the reader."""
    number, *texts = tuple(row)
    return Entry(int(number), *(text if isinstance(text, str) else repr(text) for text in texts))
