"""Where a MariaDB server is, and a short talk with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql

from machiya.core.errors import Unavailable

CONNECT_SECONDS = 5
ANSWER_SECONDS = 600
OWN = ("information_schema", "mysql", "performance_schema", "sys")
"""Databases that the server keeps for itself."""

_NO_TRANSACTIONS = """\
SELECT CONCAT(t.table_name, ' (', COALESCE(t.engine, 'no engine'), ')')
FROM information_schema.tables t LEFT JOIN information_schema.engines e ON e.engine = t.engine
WHERE t.table_schema = %s AND t.table_type NOT IN ('VIEW', 'SYSTEM VIEW', 'SEQUENCE')
  AND COALESCE(e.transactions, 'NO') <> 'YES' ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server and who we are there: behind ``socket``, or at ``host`` and ``port``."""

    user: str = "root"
    password: str = field(default="", repr=False)
    socket: Path | None = None
    host: str = ""
    port: int = 3306


@contextmanager
def talking(server: ServerAddress) -> Iterator[Any]:
    """A cursor; every statement is committed at once.

    Raises:
        Unavailable: the server cannot be reached, or refuses.
    """
    way = {"unix_socket": str(server.socket)} if server.socket else {"host": server.host, "port": server.port}
    try:
        with (
            pymysql.connect(
                **way,
                user=server.user,
                password=server.password,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                write_timeout=ANSWER_SECONDS,
            ) as connection,
            connection.cursor() as cursor,
        ):
            yield cursor
    except pymysql.Error as error:
        raise Unavailable(
            f"the database server refuses, or is not there ({error})",
            hint="Is MariaDB up, and is this run as root? machiya status and machiya logs mariadb tell more.",
        ) from error


def database_names(cursor: Any) -> tuple[str, ...]:
    """All but those the server keeps for itself."""
    cursor.execute("SELECT schema_name FROM information_schema.schemata ORDER BY schema_name")
    return tuple(name for (name,) in cursor.fetchall() if name not in OWN)


def tables_without_transactions(cursor: Any, database: str) -> tuple[str, ...]:
    """Those that a consistent snapshot would not hold still, each with its engine."""
    cursor.execute(_NO_TRANSACTIONS, (database,))
    return tuple(name for (name,) in cursor.fetchall())


def character_set(cursor: Any, database: str) -> tuple[str, str]:
    """Of a database: its default character set and collation."""
    cursor.execute(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
        "WHERE schema_name = %s",
        (database,),
    )
    found: tuple[str, str] = cursor.fetchone() or ("utf8mb4", "utf8mb4_bin")
    return found
