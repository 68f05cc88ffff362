"""Dumps go back into the server: under another name, or in the place of a database."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from machiya.adapters.mariadb.dump import AT_ONE_MOMENT, OPTIONS, MariaDbDumper
from machiya.adapters.mariadb.dump_text import SUFFIX, DumpReader, head_of, read_dump, whole_lines, with_views_of
from machiya.adapters.mariadb.grants import quoted
from machiya.adapters.mariadb.programs import CLIENT, DUMP, LARGEST_PACKET_BYTES, Programs
from machiya.adapters.mariadb.quiet import nobody_writes, room_for_rows
from machiya.adapters.mariadb.server import OWN, ServerAddress, database_names, talking
from machiya.backup.databases import DatabaseDiffers, Loaded, OpenDump, file_name, require_rows
from machiya.core.commands import Finished
from machiya.core.errors import InvalidInput, Unavailable
from machiya.core.progress import Progress

LOADING = "machiya_loading"
"""The database in which a dump is tried before it takes the place of another."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


class MariaDbLoader:
    """A ``DatabaseLoader``.

    Args:
        programs: run the client and mariadb-dump, as the administrator.
        server: the same server, the same user.
    """

    suffix = SUFFIX

    def __init__(self, programs: Programs, server: ServerAddress) -> None:
        self._programs, self._server = programs, server

    def require_name(self, name: str) -> None:
        """As ``DatabaseLoader.require_name``."""
        if not _NAME.fullmatch(name) or name.lower() in {*OWN, LOADING} or len(name) > 64:  # noqa: PLR2004 – MariaDB's
            raise InvalidInput(
                f"a database cannot be named {name!r} here",
                hint="Up to 64 letters, digits, - . and _, and no name that the server uses itself.",
            )

    def exists(self, name: str) -> bool:
        """As ``DatabaseLoader.exists``."""
        with talking(self._server) as cursor:
            return name in database_names(cursor)

    def rows_in(self, dump: OpenDump, progress: Progress) -> Mapping[str, int]:
        """As ``DatabaseLoader.rows_in``."""
        del progress
        return read_dump(dump)[0]

    def load(self, dump: OpenDump, original: str, name: str, progress: Progress) -> Loaded:
        """As ``DatabaseLoader.load``."""
        with room_for_rows(self._server):
            self._make(dump, original, name, progress)
            return self._read_back(dump, original, name)

    def replace(self, dump: OpenDump, name: str, folder: Path, progress: Progress) -> tuple[Loaded, Path]:
        """As ``DatabaseLoader.replace``."""
        with room_for_rows(self._server):
            self._say(f"DROP DATABASE IF EXISTS {quoted(LOADING)}")
            self._make(dump, name, LOADING, progress)
            loaded = self._read_back(dump, name, LOADING)
            require_rows(LOADING, read_dump(dump)[0], loaded.rows)
            with nobody_writes(self._server):
                kept = self._keep(name, folder, progress)
                self._say(f"DROP DATABASE IF EXISTS {quoted(name)}")
                self._make(dump, name, name, progress)
                with talking(self._server) as cursor:
                    _require_equal(cursor, LOADING, name)
            self._say(f"DROP DATABASE {quoted(LOADING)}")
            return loaded, kept

    def _say(self, statement: str) -> None:
        """On a connection of its own: one that waited while a client loads may be gone when it is needed."""
        with talking(self._server) as cursor:
            cursor.execute(statement)

    def _keep(self, name: str, folder: Path, progress: Progress) -> Path:
        """A dump of the database in ``folder``, durable."""
        path = folder / file_name(name, SUFFIX)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            MariaDbDumper(self._programs, self._server).dump_database(name, path, progress)
            for changed in (folder, folder.parent, folder.parent.parent):
                _sync_folder(changed)
        except OSError as error:
            raise Unavailable(
                f"the dump of {name} cannot be kept in {folder}: {error.strerror}", hint="Check the backup disk."
            ) from error
        progress.line(f"what was in {name} is kept in {path}")
        return path

    def _make(self, dump: OpenDump, original: str, name: str, progress: Progress) -> None:
        """A new database with all that ``dump`` holds, or none."""
        characters = head_of(dump)
        words = f" CHARACTER SET {characters[0]} COLLATE {characters[1]}" if characters else ""
        self._say(f"CREATE DATABASE {quoted(name)}{words}")
        try:
            arguments = (
                f"--max-allowed-packet={LARGEST_PACKET_BYTES}",
                "--default-character-set=utf8mb4",
                "--batch",
                "--comments",  # else they are taken out of the bodies of routines
                "--",
                name,
            )
            progress.line(f"loading {name}")
            text = _renamed(whole_lines(dump), original, name)
            _require_loaded(name, self._programs.run(CLIENT, arguments, stdin=text))
        except BaseException:
            self._say(f"DROP DATABASE IF EXISTS {quoted(name)}")
            raise

    def _read_back(self, dump: OpenDump, original: str, name: str) -> Loaded:
        with talking(self._server) as cursor:
            rows = {table: _count(cursor, name, table) for table in _tables(cursor, name)}
        again = DumpReader(name)
        done = self._programs.run(DUMP, (*OPTIONS, *AT_ONE_MOMENT, "--", name), on_bytes=again.take)
        return Loaded(rows, done.good and again.finish()[1] == read_dump(dump, original)[1])


def _require_loaded(name: str, done: Finished) -> None:
    if not done.good:
        raise Unavailable(
            f"the dump cannot be loaded into {name}: {done.last_words() or f'exit code {done.code}'}",
            hint="Does MariaDB run, and is there room on its disk? machiya logs mariadb tells more.",
        )


def _renamed(pieces: Iterator[bytes], original: str, name: str) -> Iterator[bytes]:
    """A dump names its database in views, and where a routine was made under another collation.

    What is loaded under another name must neither read nor change that one.
    """
    if name == original:
        yield from pieces
        return
    line = re.compile(rb"(?m)^ALTER DATABASE " + re.escape(quoted(original).encode()) + rb" CHARACTER SET ")
    target = b"ALTER DATABASE " + quoted(name).encode() + b" CHARACTER SET "
    for piece in pieces:
        yield line.sub(lambda _: target, with_views_of(piece, original, name))


def _tables(cursor: Any, name: str) -> tuple[str, ...]:
    cursor.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s "
        "AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name",
        (name,),
    )
    return tuple(table for (table,) in cursor.fetchall())


def _count(cursor: Any, name: str, table: str) -> int:
    cursor.execute(f"SELECT COUNT(*) FROM {quoted(name)}.{quoted(table)}")  # noqa: S608 – both are quoted
    return int(cursor.fetchone()[0])


def _require_equal(cursor: Any, one: str, other: str) -> None:
    """By CHECKSUM TABLE, every table.

    Raises:
        DatabaseDiffers: with the first that differs.
    """
    for table in sorted({*_tables(cursor, one), *_tables(cursor, other)}):
        cursor.execute(f"CHECKSUM TABLE {quoted(one)}.{quoted(table)}, {quoted(other)}.{quoted(table)} EXTENDED")
        sums = {row[1] for row in cursor.fetchall()}
        if len(sums) != 1 or sums == {None}:
            raise DatabaseDiffers(
                f"the table {table} of {other} is not what was loaded",
                hint=f"What was loaded is whole in the database {one}; the dump of what was before is kept.",
            )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
