"""A copy of the house's SQLite database comes back: as a file beside it, or into it."""

import contextlib
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import zip_longest
from pathlib import Path

from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.snapshot import SUFFIX, connected, copy_database, copy_pages, require_sound
from machiya.backup.databases import DumpDamaged, Loaded, OpenDump, file_name, require_rows
from machiya.core.errors import InvalidInput, Unavailable
from machiya.core.progress import Progress

_LOADING = ".loading-"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


class SqliteLoader:
    """A ``DatabaseLoader`` for files in one folder.

    Args:
        folder: of the databases.
        alone: held while the present one is replaced; refuses while the house runs.
    """

    suffix = SUFFIX

    def __init__(self, folder: Path, alone: Callable[[], AbstractContextManager[object]]) -> None:
        self._folder, self._alone = folder, alone

    def require_name(self, name: str) -> None:
        """As ``DatabaseLoader.require_name``."""
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"a database cannot be named {name!r} here", hint="Letters, digits, - . and _.")

    def exists(self, name: str) -> bool:
        """As ``DatabaseLoader.exists``."""
        return self._path(name).exists()

    def rows_in(self, dump: OpenDump, progress: Progress) -> Mapping[str, int]:
        """As ``DatabaseLoader.rows_in``."""
        del progress
        with self._unpacked(dump) as path:
            return _rows(path)

    def load(self, dump: OpenDump, original: str, name: str, progress: Progress) -> Loaded:
        """As ``DatabaseLoader.load``: the file itself, so that it is the same byte by byte."""
        del original, progress
        with self._unpacked(dump) as path:
            rows = _rows(path)
            path.rename(self._path(name))
        return Loaded(rows, identical=True)

    def replace(self, dump: OpenDump, name: str, folder: Path, progress: Progress) -> tuple[Loaded, Path]:
        """As ``DatabaseLoader.replace``: one transaction of SQLite, so that a crash leaves the one or the other."""
        with self._alone(), self._unpacked(dump) as path, translating():
            rows = _rows(path)
            kept = self._keep(name, folder, progress)
            with (
                contextlib.closing(connected(path, "ro")) as source,
                contextlib.closing(connected(self._path(name), "rwc")) as target,
            ):
                copy_pages(source, target, progress, f"loading {name}")
                require_sound(target, name)
                same = all(one == other for one, other in zip_longest(source.iterdump(), target.iterdump()))
            require_rows(name, rows, _rows(self._path(name)))
        return Loaded(rows, identical=same), kept

    def _keep(self, name: str, folder: Path, progress: Progress) -> Path:
        """A copy of the database in ``folder``, durable."""
        kept = folder / file_name(name, SUFFIX)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            copy_database(self._path(name), kept, progress)
            for changed in (kept, folder, folder.parent, folder.parent.parent):
                _sync(changed)
        except OSError as error:
            raise Unavailable(
                f"the dump of {name} cannot be kept in {folder}: {error.strerror}", hint="Check the backup disk."
            ) from error
        progress.line(f"what was in {name} is kept in {kept}")
        return kept

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"

    @contextlib.contextmanager
    def _unpacked(self, dump: OpenDump) -> Iterator[Path]:
        """The dump as a file on the disk of the databases, sound; gone afterwards unless it was renamed."""
        path = self._folder / f"{_LOADING}{secrets.token_hex(6)}{SUFFIX}"
        try:
            for left_by_a_crash in self._folder.glob(f"{_LOADING}*"):
                left_by_a_crash.unlink()
            path.touch(mode=0o600, exist_ok=False)
            with dump() as file, path.open("wb") as copy:
                shutil.copyfileobj(file, copy)
            _require_whole(path)
            yield path
        except OSError as error:
            raise Unavailable(
                f"the dump cannot be written to {self._folder} ({error.strerror})", hint="Is there room?"
            ) from error
        finally:
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_whole(path: Path) -> None:
    """An empty file is an empty database to SQLite, and no dump to us."""
    if not path.stat().st_size:
        raise DumpDamaged("the dump is empty", hint="Take another snapshot.")
    try:
        with contextlib.closing(connected(path, "ro")) as database:
            require_sound(database, "of the dump")
    except (sqlite3.DatabaseError, Unavailable) as error:
        raise DumpDamaged(f"the dump is no sound database ({error})", hint="Take another snapshot.") from error


def _rows(path: Path) -> dict[str, int]:
    with translating(), contextlib.closing(connected(path, "ro")) as database:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        names = [name for (name,) in database.execute(query)]
        return {name: _count(database, name) for name in names}


def _count(database: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(database.execute(f'SELECT COUNT(*) FROM "{quoted}"').fetchone()[0])  # noqa: S608 – quoted
