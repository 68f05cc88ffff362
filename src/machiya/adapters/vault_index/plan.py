"""What is to be restored, sorted by pack, in a file that is gone at the end."""

import json
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from machiya.backup.manifest import Line
from machiya.backup.model import Entry, EntryType
from machiya.backup.vault.model import ObjectVersion

_TABLES = """
CREATE TABLE files (pack TEXT NOT NULL, version TEXT NOT NULL, offset INTEGER NOT NULL, path BLOB NOT NULL,
    mode INTEGER, uid INTEGER, gid INTEGER, mtime_ns INTEGER, size INTEGER, sha256 TEXT, sparse INTEGER, xattrs TEXT);
CREATE TABLE directories (path BLOB NOT NULL, mode INTEGER, uid INTEGER, gid INTEGER, mtime_ns INTEGER, xattrs TEXT);
"""
_COLUMNS = "path, mode, uid, gid, mtime_ns, size, sha256, sparse, xattrs"


class SqliteRestorePlan:
    """A temporary database of SQLite's own, on disk, removed by ``close``."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.executescript(_TABLES)
        self._connection.execute("BEGIN")
        self._sorted = False

    def close(self) -> None:
        """Gone."""
        self._connection.close()

    def add(self, line: Line) -> None:
        """A file or directory of the manifest; others are none of the plan."""
        entry, placement = line.entry, line.placement
        common = (entry.path, entry.mode, entry.uid, entry.gid, entry.mtime_ns)
        if entry.type is EntryType.DIRECTORY:
            self._connection.execute(
                "INSERT INTO directories VALUES (?, ?, ?, ?, ?, ?)", (*common, _text(entry.xattrs))
            )
        elif entry.type is EntryType.FILE and placement is not None:
            where = (placement.pack, placement.version, placement.offset)
            rest = (entry.size, entry.sha256, int(entry.sparse), _text(entry.xattrs))
            self._connection.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*where, *common, *rest)
            )

    def packs(self) -> Sequence[tuple[ObjectVersion, int]]:
        """The packs that are needed and how many bytes of files come from each."""
        if not self._sorted:
            self._connection.execute("CREATE INDEX by_pack ON files (pack, version, offset)")
            self._sorted = True
        rows = self._connection.execute("SELECT pack, version, sum(size) FROM files GROUP BY pack, version")
        return [(ObjectVersion(pack, version), size) for pack, version, size in rows]

    def files(self, pack: ObjectVersion) -> Iterator[tuple[int, Entry]]:
        """Offset and file, in the order of the pack."""
        rows = self._connection.execute(
            f"SELECT offset, {_COLUMNS} FROM files WHERE pack = ? AND version = ? ORDER BY offset",  # noqa: S608 – no value in it
            (pack.key, pack.version),
        )
        return ((row[0], _file(row[1:])) for row in rows)

    def directories(self) -> Iterator[Entry]:
        """The deepest first: the other way round than the manifest has them."""
        rows = self._connection.execute(
            "SELECT path, mode, uid, gid, mtime_ns, xattrs FROM directories ORDER BY rowid DESC"
        )
        return (_directory(row) for row in rows)


def _directory(row: tuple[Any, ...]) -> Entry:
    path, mode, uid, gid, mtime_ns, xattrs = row
    return Entry(path, EntryType.DIRECTORY, mode, uid, gid, mtime_ns, xattrs=_xattrs(xattrs))


def _file(row: tuple[Any, ...]) -> Entry:
    path, mode, uid, gid, mtime_ns, size, sha256, sparse, xattrs = row
    return Entry(
        path, EntryType.FILE, mode, uid, gid, mtime_ns, size, sha256, sparse=bool(sparse), xattrs=_xattrs(xattrs)
    )


def _text(xattrs: tuple[tuple[str, bytes], ...]) -> str:
    return json.dumps([[name, b64encode(value).decode()] for name, value in xattrs]) if xattrs else ""


def _xattrs(text: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, b64decode(value)) for name, value in json.loads(text)) if text else ()
