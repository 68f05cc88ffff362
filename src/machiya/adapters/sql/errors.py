"""What a driver's exception means to a person: full, locked, read-only, gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
from sqlalchemy import exc

from machiya.core.errors import Conflict, MachiyaError, Unavailable

DRIVER_ERRORS = (exc.DBAPIError, exc.TimeoutError, sqlite3.Error, pymysql.Error)

_FULL = ("the disk with the database is full", "Free space on the disk that holds the database; nothing was changed.")
_LOCKED = ("the database is locked by another process", "Try again; if it stays, see what else has it open.")
_READ_ONLY = ("the database cannot be written: it is read-only", "Check who owns its folder and how it is mounted.")
_GONE = (
    "the database cannot be reached",
    "See that the database server runs (machiya status) and that [database] url is right.",
)
_DENIED = ("the database refused the log-in", "Check user, password and database name in [database] url.")
_BARE = ("the database has no tables of this program", "Run machiya up (it migrates the database), then try again.")
_BROKEN = ("the database file is damaged", "Stop everything and restore the database from the last good backup.")

_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: (
        "the database file cannot be opened",
        "Check that its folder exists, belongs to this user and can be written.",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk with the database fails or is full",
        "Look at free space (df) and the kernel's log (dmesg).",
    ),
    sqlite3.SQLITE_CORRUPT: _BROKEN,
    sqlite3.SQLITE_NOTADB: _BROKEN,
}

# Source: https://mariadb.com/kb/en/mariadb-error-code-reference/
_MARIADB = {
    3: _FULL,
    28: _FULL,
    1021: _FULL,
    1026: _FULL,
    1114: _FULL,
    1205: _LOCKED,
    1213: _LOCKED,
    1290: _READ_ONLY,
    1792: _READ_ONLY,
    1836: _READ_ONLY,
    1044: _DENIED,
    1045: _DENIED,
    1049: _DENIED,
    1698: _DENIED,
    1146: _BARE,
}
_PRIMARY_CODE = 0xFF


def is_illness(error: BaseException) -> bool:
    """Whether the database as a whole is ill, so that the transaction around ``error`` cannot be trusted any more."""
    driver = _driver_error(error)
    ill = (
        sqlite3.OperationalError,
        pymysql.err.OperationalError,
        pymysql.err.InterfaceError,
        pymysql.err.InternalError,
    )
    broken = type(driver) in {sqlite3.DatabaseError, sqlite3.InternalError, sqlite3.InterfaceError}
    return isinstance(driver, (*ill, exc.TimeoutError)) or broken


def is_constraint(error: BaseException) -> bool:
    """Whether a key or foreign key refused the row."""
    return isinstance(_driver_error(error), sqlite3.IntegrityError | pymysql.err.IntegrityError)


def translate(error: BaseException) -> MachiyaError:
    """The core error for a driver's or SQLAlchemy's exception."""
    driver = _driver_error(error)
    if is_constraint(driver):
        return Conflict(f"the database refused the change: {driver}", hint="Look at what is there now and try again.")
    what, hint = _meaning(driver)
    return Unavailable(f"{what} ({driver})", hint=hint)


@contextmanager
def translating() -> Iterator[None]:
    """Turn driver errors inside the block into core errors.

    Raises:
        Unavailable: the database is down, full, locked or read-only.
        Conflict: a constraint refused the change.
    """
    try:
        yield
    except DRIVER_ERRORS as error:
        raise translate(error) from error


def _driver_error(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error


def _meaning(driver: BaseException) -> tuple[str, str]:
    if isinstance(driver, exc.TimeoutError):
        return _LOCKED
    if isinstance(driver, sqlite3.Error):
        return _sqlite_meaning(driver)
    number = driver.args[0] if driver.args and isinstance(driver.args[0], int) else 0
    return _MARIADB.get(number, _GONE)


def _sqlite_meaning(driver: sqlite3.Error) -> tuple[str, str]:
    code = getattr(driver, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code == sqlite3.SQLITE_ERROR and "no such table" in str(driver):
        return _BARE
    return _SQLITE.get(code, ("the database failed", "Look at the log; the same call may work later."))
