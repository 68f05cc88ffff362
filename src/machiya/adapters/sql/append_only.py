"""Triggers that let rows be added to a table and nothing else."""

from collections.abc import Iterator

from sqlalchemy import Connection, text


def make_append_only(connection: Connection, table: str, key: str) -> None:
    """Refuse UPDATE and DELETE, and on SQLite also REPLACE, which deletes without asking its triggers.

    Source: https://www.sqlite.org/lang_conflict.html (REPLACE), https://mariadb.com/kb/en/signal/.
    """
    make = _sqlite_triggers if connection.dialect.name == "sqlite" else _mariadb_triggers
    for statement in make(table, key):
        connection.execute(text(statement))


def _sqlite_triggers(table: str, key: str) -> Iterator[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for act in ("UPDATE", "DELETE"):
        yield f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} {refuse}"
    taken = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608 – names of ours
    yield f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} {taken} {refuse}"


def _mariadb_triggers(table: str, key: str) -> Iterator[str]:
    del key
    refuse = f"FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is append-only'"
    for act in ("UPDATE", "DELETE"):
        yield f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} {refuse}"
