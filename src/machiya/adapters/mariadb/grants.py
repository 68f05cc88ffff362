"""Brings the privileges of one account to what they should be: what is missing first, then what is too much."""

from collections.abc import Iterator, Mapping
from typing import Any

Privilege = tuple[str, str, str]  # database, table or function() or *, what

WHOLE_DATABASE = "*"
CALL = "()"
"""Behind the name of a function."""

_TABLES = "SELECT table_schema, table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = %s"
_SCHEMAS = "SELECT table_schema, '*', privilege_type FROM information_schema.schema_privileges WHERE grantee = %s"
_GLOBAL = (
    "SELECT '*', '*', privilege_type FROM information_schema.user_privileges "
    "WHERE grantee = %s AND privilege_type <> 'USAGE'"
)

# Nothing else says who may call what. The parts of a set, which is a text here: "Execute,Alter Routine".
_FUNCTIONS = (
    f"SELECT db, CONCAT(routine_name, '{CALL}'), CAST(proc_priv AS CHAR) FROM mysql.procs_priv "  # noqa: S608 – fixed text
    "WHERE user = %s AND host = %s AND routine_type = 'FUNCTION' AND proc_priv <> ''"
)


def settle_privileges(
    cursor: Any, account: tuple[str, str], database: str, wanted: Mapping[str, frozenset[str]]
) -> None:
    """Grant and revoke until ``account`` (name and host) has exactly ``wanted``: by table or function() of it."""
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
    cursor.execute(_FUNCTIONS, account)
    for database, function, privileges in cursor.fetchall():
        yield from ((database, function, what) for what in privileges.upper().split(","))


def _on(privilege: Privilege) -> str:
    database, name, what = privilege
    if name.endswith(CALL):
        return f"{what} ON FUNCTION {quoted(database)}.{quoted(name.removesuffix(CALL))}"
    return f"{what} ON {quoted(database)}.{quoted(name)}"


def quoted(name: str) -> str:
    """A name as the server reads it; ``*`` stays a wildcard."""
    return WHOLE_DATABASE if name == WHOLE_DATABASE else f"`{name.replace('`', '``')}`"
