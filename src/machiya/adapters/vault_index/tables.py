"""The tables of the index; another version of them is thrown away and read again from the vault."""

import sqlite3
from pathlib import Path

from machiya.backup.vault.errors import SpoolFailed

VERSION = 2
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_TABLES = """
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE packs (id INTEGER PRIMARY KEY, key TEXT NOT NULL, version TEXT NOT NULL, UNIQUE (key, version));
CREATE TABLE contents (sha256 BLOB PRIMARY KEY, pack INTEGER NOT NULL, offset INTEGER NOT NULL, size INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX contents_by_pack ON contents (pack, size);
CREATE TABLE manifests (id INTEGER PRIMARY KEY, key TEXT NOT NULL, version TEXT NOT NULL, snapshot TEXT NOT NULL,
    taken_at TEXT NOT NULL, stored_at TEXT NOT NULL, entries INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
    own INTEGER NOT NULL, adopted INTEGER NOT NULL, house TEXT NOT NULL, UNIQUE (key, version));
CREATE TABLE faults (key TEXT NOT NULL, version TEXT NOT NULL, fault TEXT NOT NULL, PRIMARY KEY (key, version))
    WITHOUT ROWID;
CREATE TABLE uses (manifest INTEGER NOT NULL, pack INTEGER NOT NULL, PRIMARY KEY (manifest, pack)) WITHOUT ROWID;
"""
_WANTED = """
CREATE TEMP TABLE IF NOT EXISTS wanted (sha256 BLOB PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS missing (sha256 BLOB PRIMARY KEY) WITHOUT ROWID;
"""


class _OtherVersion(Exception):
    """The tables are of another version."""


def connect(path: Path) -> sqlite3.Connection:
    """Open or make the index; a damaged one or one of another version is made anew.

    Raises:
        SpoolFailed: the disk does not let it be opened; what is there stays there.
    """
    try:
        try:
            return _opened(path)
        except (sqlite3.DatabaseError, _OtherVersion) as error:
            if isinstance(error, sqlite3.DatabaseError) and _primary(error) not in _DAMAGED:
                raise
            for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                name.unlink(missing_ok=True)
            return _opened(path)
    except (OSError, sqlite3.Error) as error:
        raise SpoolFailed(
            f"the index of the vault cannot be opened: {error}",
            hint="Look at the disk of storage.bulk: is it full, read-only, gone? Nothing was changed.",
        ) from error


def _primary(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=FILE", "cache_size=-16000"):
            connection.execute(f"PRAGMA {pragma}")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in {0, VERSION}:
            raise _OtherVersion  # noqa: TRY301 – the connection is closed below
        if not found:
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        connection.executescript(_WANTED)
    except BaseException:
        connection.close()
        raise
    return connection
