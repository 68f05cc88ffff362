"""Brings the privileges of one account to what they should be: what is missing first, then what is too much."""

from collections.abc import Iterator, Mapping
from typing import Any

from machiya.adapters.mariadb.users import WHOLE_DATABASE

Privilege = tuple[str, str, str]  # database, table or *, what

_TABLES = "SELECT table_schema, table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = %s"
_SCHEMAS = "SELECT table_schema, '*', privilege_type FROM information_schema.schema_privileges WHERE grantee = %s"
_GLOBAL = (
    "SELECT '*', '*', privilege_type FROM information_schema.user_privileges "
    "WHERE grantee = %s AND privilege_type <> 'USAGE'"
)


def settle_privileges(
    cursor: Any, account: tuple[str, str], database: str, wanted: Mapping[str, frozenset[str]]
) -> None:
    """Grant and revoke until ``account`` (name and host) has exactly ``wanted`` (by table of ``database``)."""
    goal = {(database, table, what) for table, privileges in wanted.items() for what in privileges}
    present = set(_present(cursor, account))
    for privilege in sorted(goal - present):
        cursor.execute(f"GRANT {_on(privilege)} TO %s@%s", account)
    for privilege in sorted(present - goal):
        cursor.execute(f"REVOKE {_on(privilege)} FROM %s@%s", account)


def _present(cursor: Any, account: tuple[str, str]) -> Iterator[Privilege]:
    grantee = "'{}'@'{}'".format(*account)
    for query in (_TABLES, _SCHEMAS, _GLOBAL):
        cursor.execute(query, (grantee,))
        yield from cursor.fetchall()


def _on(privilege: Privilege) -> str:
    database, table, what = privilege
    return f"{what} ON {quoted(database)}.{quoted(table)}"


def quoted(name: str) -> str:
    """A name as the server reads it; ``*`` stays a wildcard."""
    return WHOLE_DATABASE if name == WHOLE_DATABASE else f"`{name.replace('`', '``')}`"
