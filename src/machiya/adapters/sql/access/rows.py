"""What the repositories of the access room share: running a statement, and what a row means."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table

from machiya.access.model import Role, Who, WhoKind
from machiya.adapters.sql.errors import translating


class OnConnection:
    """Statements on the connection of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _rows(self, query: Any) -> Sequence[Row[Any]]:
        with translating():
            return self._connection.execute(query).all()

    def _first(self, query: Any) -> Row[Any] | None:
        with translating():
            return self._connection.execute(query).first()

    def _write(self, statement: Any, values: Any = None) -> int:
        with translating():
            return self._connection.execute(statement, values).rowcount


def is_who(table: Table, who: Who) -> ColumnElement[bool]:
    """The rows of one person."""
    return (table.c.who_kind == who.kind.value) & (table.c.who_name == who.name)


def who_values(who: Who) -> dict[str, str]:
    """The columns of one person."""
    return {"who_kind": who.kind.value, "who_name": who.name}


def who_of(row: Row[Any]) -> Who:
    """Back again."""
    return Who(WhoKind(row.who_kind), row.who_name)


def role_of(text: str | None) -> Role | None:
    """A role that this program does not know is none, and may nothing."""
    return Role(text) if text in set(Role) else None
