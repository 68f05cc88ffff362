"""The SQLite database of a house as one file, at one moment, while everybody goes on reading and writing.

Source: https://www.sqlite.org/backup.html
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from machiya.adapters.sql.engine import BUSY_SECONDS
from machiya.adapters.sql.errors import translating
from machiya.backup.databases import FOLDER, file_name
from machiya.core.errors import Unavailable
from machiya.core.progress import Progress

SUFFIX = ".sqlite3"
_PAGES = 2048


class SqliteDumper:
    """A ``Dumper``.

    Args:
        database: the file.
        name: of the dump, without its suffix.
    """

    name = FOLDER
    what = ("the database of the house (SQLite)", "家のデータベース（SQLite）")

    def __init__(self, database: Path, name: str) -> None:
        self._database, self._name = database, name

    def dump(self, target: Path, progress: Progress) -> None:
        """As ``Dumper.dump``: ``<name>.sqlite3``, a database that any sqlite3 opens."""
        copy_database(self._database, target / file_name(self._name, SUFFIX), progress)


def copy_database(source: Path, target: Path, progress: Progress) -> None:
    """``source`` into the new file ``target``; there whole and sound, or not at all.

    Raises:
        Unavailable: the database cannot be read or is damaged, or the disk of ``target`` is full.
    """
    with translating(), _reading(source) as present:
        try:
            with _fresh(target) as copy:
                copy_pages(present, copy, progress, f"dump of {source.stem}")
                # A reader of the snapshot shall need no second file beside it.
                copy.execute("PRAGMA journal_mode=DELETE")
                require_sound(copy, source.name)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, progress: Progress, step: str) -> None:
    """All pages. ``source`` is in a reading transaction: what others write meanwhile is not seen and does not delay."""

    def tell(_status: int, remaining: int, total: int) -> None:
        progress.step(step, total - remaining, total)

    source.backup(target, pages=_PAGES, progress=tell)


def require_sound(database: sqlite3.Connection, name: str) -> None:
    """Go on only if SQLite finds nothing wrong.

    Raises:
        Unavailable: with the first that it found.
    """
    (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise Unavailable(
            f"the database {name} is damaged: {found}",
            hint="Stop everything and restore the database from the last good backup.",
        )


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees ``path`` as it is now, as long as it is open; it never makes the file."""
    with contextlib.closing(connected(path, "rw")) as database:
        database.execute("BEGIN")
        database.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        yield database


@contextlib.contextmanager
def _fresh(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(connected(path, "rwc")) as database:
        yield database


def connected(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in ``mode`` (``ro``, ``rw``: the file must be there; ``rwc``), transactions begun by hand."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
