"""Statements both databases spell differently, and statements prepared once for the hot path."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Select, Table
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.sql.dml import Delete, Insert, Update

Processor = Callable[[Any], Any] | None


def upsert(table: Table, dialect: Dialect, changes: Mapping[str, ColumnElement[Any]] | None = None) -> Insert:
    """Insert a row, or update the one with the same primary key (by default: all its other columns, if any)."""
    if changes is None and not _others(table):
        return insert_new(table, dialect)
    if dialect.name == "sqlite":
        statement = sqlite.insert(table)
        columns = changes or {name: statement.excluded[name] for name in _others(table)}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=columns)
    other = mysql.insert(table)
    columns = changes or {name: other.inserted[name] for name in _others(table)}
    return other.on_duplicate_key_update(**columns)


def insert_new(table: Table, dialect: Dialect) -> Insert:
    """Insert a row unless one with the same primary key is there."""
    if dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=list(table.primary_key))
    statement = mysql.insert(table)
    key = next(iter(table.primary_key))
    return statement.on_duplicate_key_update(**{key.name: key})


def _others(table: Table) -> Sequence[str]:
    return [column.name for column in table.columns if not column.primary_key]


class Prepared:
    """A Core statement compiled once for one dialect and run on the driver's own cursor.

    SQLAlchemy's execution costs several times what SQLite needs for the statement itself; the ledger runs seven of
    them for each message.
    """

    def __init__(self, statement: Insert | Update | Delete | Select[Any], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._positional = bool(compiled.positional)
        names = compiled.positiontup if self._positional else list(compiled.binds)
        self._binds: list[tuple[str, Processor]] = [
            (name, bind_processor(compiled.binds[name].type, dialect)) for name in names
        ]

    def run(self, cursor: Any, values: Mapping[str, Any]) -> Any:
        """Execute; the cursor holds rows and row count."""
        cursor.execute(self._sql, self._bind(values))
        return cursor

    def run_many(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute for each row."""
        if len(rows) == 1:
            cursor.execute(self._sql, self._bind(rows[0]))
        elif rows:
            cursor.executemany(self._sql, [self._bind(row) for row in rows])

    def _bind(self, values: Mapping[str, Any]) -> Any:
        if self._positional:
            return [process(values[name]) if process else values[name] for name, process in self._binds]
        return {name: process(values[name]) if process else values[name] for name, process in self._binds}


class PreparedSelect(Prepared):
    """A prepared SELECT whose rows come back with each column's type applied."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        super().__init__(statement, dialect)
        self._results: list[Processor] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in statement.selected_columns
        ]

    def rows(self, cursor: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows."""
        found = self.run(cursor, values).fetchall()
        return [tuple(p(v) if p else v for p, v in zip(self._results, row, strict=True)) for row in found]


def bind_processor(kind: Any, dialect: Dialect) -> Processor:
    """How a column type hands a value to the driver; None: as it is."""
    processor: Processor = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor
