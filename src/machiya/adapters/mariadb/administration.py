"""Makes database, views, users and grants what they should be; run again it changes nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
import structlog

from machiya.adapters.mariadb.grants import quoted, settle_privileges
from machiya.adapters.mariadb.last_use import BODY, LAST_USE, PARAMETERS
from machiya.adapters.mariadb.users import PRIVILEGES, VIEWER, VIEWER_PRIVILEGES, DatabaseUser
from machiya.adapters.mariadb.views import VIEWS
from machiya.core.errors import Unavailable

CONNECT_SECONDS = 5
ANSWER_SECONDS = 30

_log = structlog.get_logger()


class MariaDbAdministration:
    """The server behind a unix socket, which takes the system's root for its administrator.

    Args:
        socket: of the server.
        user: the administrator.
    """

    def __init__(self, socket: Path, *, user: str = "root") -> None:
        self._socket = socket
        self._user = user

    def create_database(self, name: str) -> None:
        """An empty database, unless it is there.

        Raises:
            Unavailable: the server cannot be reached or refuses.
        """
        with self.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS {quoted(name)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")

    def settle_access(self, database: str, users: Sequence[DatabaseUser]) -> None:
        """Views, users and grants; ``database`` is migrated already.

        Users of ours (``PRIVILEGES``) that are not among ``users``, or at other hosts, are removed.

        Raises:
            Unavailable: the server cannot be reached or refuses.
        """
        with self.cursor() as cursor:
            cursor.execute(f"USE {quoted(database)}")
            _make_views(cursor, database)
            _remove_strangers(cursor, users)
            for user in users:
                for host in user.hosts:
                    _settle_user(cursor, database, user, host)
        _log.info("database.access_settled", database=database, users=[user.name for user in users])

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """For statements that each are a transaction of their own.

        Raises:
            Unavailable: the server cannot be reached or refuses.
        """
        try:
            with self._connect() as connection, connection.cursor() as cursor:
                yield cursor
        except pymysql.Error as error:
            raise Unavailable(
                f"the database does not take its administrator's word ({error})",
                hint="Is MariaDB up, and is this run as root? machiya logs mariadb tells more.",
            ) from error

    def _connect(self) -> Any:
        return pymysql.connect(
            unix_socket=str(self._socket),
            user=self._user,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            write_timeout=ANSWER_SECONDS,
        )


def _make_views(cursor: Any, database: str) -> None:
    """Their owner may read what is published, note the use of an app password, and never log in."""
    owner = (VIEWER, "localhost")
    cursor.execute("CREATE USER IF NOT EXISTS %s@%s ACCOUNT LOCK", owner)
    cursor.execute("ALTER USER %s@%s ACCOUNT LOCK", owner)
    _make_function(cursor, database)
    settle_privileges(cursor, owner, database, VIEWER_PRIVILEGES)
    for name, query in VIEWS.items():
        head = f"CREATE OR REPLACE DEFINER = '{VIEWER}'@'localhost' SQL SECURITY DEFINER VIEW {quoted(name)}"
        cursor.execute(f"{head} AS {query}")


def _make_function(cursor: Any, database: str) -> None:
    """Only if it is not there as it should be: to make it anew takes the right to call it from everybody."""
    known = "SELECT routine_definition FROM information_schema.routines WHERE routine_schema = %s AND routine_name = %s"
    cursor.execute(known, (database, LAST_USE))
    if cursor.fetchall() != ((BODY,),):
        head = f"CREATE OR REPLACE DEFINER = '{VIEWER}'@'localhost' FUNCTION {quoted(LAST_USE)} {PARAMETERS}"
        cursor.execute(
            f"{head} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin MODIFIES SQL DATA SQL SECURITY DEFINER {BODY}"
        )


def _remove_strangers(cursor: Any, users: Sequence[DatabaseUser]) -> None:
    wanted = {(user.name, host) for user in users for host in user.hosts}
    cursor.execute("SELECT user, host FROM mysql.global_priv")
    for account in [row for row in cursor.fetchall() if row[0] in PRIVILEGES and row not in wanted]:
        cursor.execute("DROP USER %s@%s", account)


def _settle_user(cursor: Any, database: str, user: DatabaseUser, host: str) -> None:
    account = (user.name, host)
    cursor.execute("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", (*account, user.password))
    cursor.execute("ALTER USER %s@%s IDENTIFIED BY %s", (*account, user.password))
    settle_privileges(cursor, account, user.database or database, user.privileges)
