"""Opening the database: SQLite in the embedded house, MariaDB in the other."""

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError

from machiya.core.errors import ConfigurationError

BUSY_SECONDS = 10
CONNECT_SECONDS = 5
LOCK_SECONDS = 5
ANSWER_SECONDS = 8.0
"""A server that does not answer (frozen, its disk stuck) is given up after this, and mail waits at the edge."""
PATIENT_SECONDS = 600.0
"""For migrations, which may rewrite a large table."""
_BEGIN_OPTION = "machiya_begin"
_BEGIN_WRITING = "BEGIN IMMEDIATE"
_MARIADB_NAMES = {"mysql", "mariadb"}


def sqlite_url(path: Path) -> str:
    """The url of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def open_engine(url: str, *, answer_seconds: float = ANSWER_SECONDS) -> Engine:
    """An engine for ``sqlite:////path`` or ``mysql+pymysql://user:password@host/name`` (``mariadb+…`` is the same).

    Nothing is connected yet. Transactions begin for reading; ``for_writing`` begins them for writing. MariaDB is given
    up when one statement, or the greeting of a new connection, takes longer than ``answer_seconds``.

    Raises:
        ConfigurationError: another kind of database, or no url at all.
    """
    parsed = _parse(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed)
    if backend in _MARIADB_NAMES:
        return _open_mariadb(parsed, answer_seconds)
    raise ConfigurationError(
        f"[database] url: {backend!r} is not a database Machiya knows",
        hint="Leave it empty for SQLite, or write mysql+pymysql://user@host/name for MariaDB.",
    )


def for_writing(engine: Engine) -> Engine:
    """The same engine and pool, whose transactions hold SQLite's write lock from their beginning.

    A SQLite transaction that reads first and writes later fails at once when another has written in between, busy
    timeout or not (https://www.sqlite.org/isolation.html). MariaDB needs nothing here.
    """
    return engine.execution_options(**{_BEGIN_OPTION: _BEGIN_WRITING})


def at_one_moment(engine: Engine) -> Engine:
    """The same engine and pool, whose transactions see the database as it was at their first read.

    SQLite's always do.
    """
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="REPEATABLE READ")


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(
            "[database] url cannot be read",
            hint="Write it like mysql+pymysql://user@host/name; the password is the secret database_password.",
        ) from error


def _open_sqlite(url: URL) -> Engine:
    # An error tells the statement, never what was in it: a log must not hold a hash or a person's words.
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Without this the driver opens transactions by itself, late and never IMMEDIATE.
    connection.isolation_level = None
    _switch_to_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: Any) -> None:
    """While another connection makes a new file's first switch SQLite refuses at once, busy timeout or not."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            threading.Event().wait(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN_OPTION, "BEGIN"))


def _open_mariadb(url: URL, answer_seconds: float) -> Engine:
    """READ COMMITTED: no gap locks, a reader sees what was committed; writers lock the row they decide by."""
    return sqlalchemy.create_engine(
        url.set(drivername="mariadb+pymysql"),
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        pool_pre_ping=True,
        pool_recycle=3600,
        pool_size=5,
        max_overflow=10,
        pool_timeout=BUSY_SECONDS,
        connect_args={
            "charset": "utf8mb4",
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": answer_seconds,
            "write_timeout": answer_seconds,
            # Shorter than the answer's time: a lock that is not given is told as such.
            "init_command": f"SET SESSION sql_mode='TRADITIONAL', innodb_lock_wait_timeout={LOCK_SECONDS}",
        },
    )
