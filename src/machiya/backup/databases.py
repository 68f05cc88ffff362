"""A database comes back from a snapshot: beside the present one, or in its place once that is kept aside."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import quote, unquote

from machiya.backup.model import EntryType
from machiya.backup.ports import Snapshot
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, InvalidInput, MachiyaError, NotFound
from machiya.core.progress import SILENT, Progress

FOLDER = "databases"
"""Where the dumps are in a snapshot: ``databases/<name><suffix>``, the name quoted as in a URL."""

_CHUNK = 1024 * 1024

OpenDump = Callable[[], BinaryIO]
"""Opens a dump from its beginning, each time it is called."""


class DumpDamaged(MachiyaError):
    """The dump of a database is cut off, changed, or not one at all."""

    code = "dump_damaged"


class DatabaseDiffers(MachiyaError):
    """What was loaded is not what the dump holds."""

    code = "database_differs"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read back from the server: rows by table; ``identical``: dumped again it gave the same, byte by byte."""

    rows: Mapping[str, int]
    identical: bool


class DatabaseLoader(Protocol):
    """Takes dumps of one kind back into where they came from."""

    @property
    def suffix(self) -> str:
        """Of the files it reads."""

    def require_name(self, name: str) -> None:
        """Go on only with a name that a database may have here.

        Raises:
            InvalidInput: it may not.
        """

    def exists(self, name: str) -> bool:
        """Whether there is such a database.

        Raises:
            Unavailable: nobody can tell.
        """

    def rows_in(self, dump: OpenDump, progress: Progress) -> Mapping[str, int]:
        """Read all of ``dump``: how many rows each table has.

        Raises:
            DumpDamaged: it is not whole.
        """

    def load(self, dump: OpenDump, original: str, name: str, progress: Progress) -> Loaded:
        """Make the database ``name`` from the dump of ``original``; there is none of that name yet.

        Raises:
            Unavailable, DumpDamaged: there is none afterwards either.
        """

    def replace(self, dump: OpenDump, name: str, folder: Path, progress: Progress) -> tuple[Loaded, Path]:
        """Put what ``dump`` holds in the place of the present database; what was loaded, and the file of what was.

        What ``dump`` holds is tried first, which needs no quiet. From before the present one is dumped into ``folder``
        until it is exchanged nobody else writes, and that dump is durable before anything is dropped.

        Raises:
            Unavailable, DumpDamaged, DatabaseDiffers: with what is there now.
        """


@dataclass(frozen=True, slots=True)
class DatabasePlan:
    """What a restore will do.

    Args:
        rows: what the dump holds, by table.
        target: the database that will be made, or replaced.
        replaces: ``target`` is there, and will be kept aside and replaced.
    """

    snapshot: str
    database: str
    target: str
    replaces: bool
    rows: Mapping[str, int]
    dump: OpenDump


@dataclass(frozen=True, slots=True)
class DatabaseRestored:
    """What a restore did; ``kept``: the dump of what was there before."""

    target: str
    loaded: Loaded
    kept: Path | None = None


class DatabaseRestorer:
    """Plans a restore, then does it.

    Args:
        loader: of the house's kind of database.
        keep_folder: where what is replaced is kept aside; made when needed.
        settle: brings users, grants and the revision of the house's database to what they should be.
    """

    def __init__(
        self, loader: DatabaseLoader, keep_folder: Callable[[], Path], settle: Callable[[], None], clock: Clock
    ) -> None:
        self._loader, self._keep_folder, self._settle, self._clock = loader, keep_folder, settle, clock

    def databases(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Those whose dump is in ``snapshot``, by name.

        Raises:
            ManifestDamaged: nobody can tell.
        """
        return tuple(sorted(self._dumps(snapshot)))

    def plan(
        self,
        snapshot: Snapshot,
        database: str,
        *,
        name: str = "",
        replace: bool = False,
        progress: Progress = SILENT,
    ) -> DatabasePlan:
        """Read the whole dump, change nothing.

        Args:
            snapshot: where the dump is.
            database: whose dump.
            name: of the database to make; empty: ``<database>_restored_<day of the snapshot>``.
            replace: instead of that, replace the present one.
            progress: hears of the reading.

        Raises:
            NotFound: no such dump in the snapshot; or with ``replace``, no such database here.
            AlreadyExists: there is a database of that name.
            DumpDamaged: it is not what the manifest says, or not whole.
        """
        if name and replace:
            raise InvalidInput("--as and --replace exclude one another", hint="Give one of them.")
        dump = self._checked(snapshot, database)
        target = database if replace else name or f"{database}_restored_{snapshot.name.day:%Y%m%d}"
        self._loader.require_name(target)
        there = self._loader.exists(target)
        if there and not replace:
            raise AlreadyExists(
                f"there is a database {target} already", hint="Name another with --as NAME, or remove that one."
            )
        rows = self._loader.rows_in(dump, progress)
        return DatabasePlan(str(snapshot.name), database, target, there, rows, dump)

    def apply(self, plan: DatabasePlan, progress: Progress = SILENT) -> DatabaseRestored:
        """Do what the plan says; compare what is there then with the dump, table by table.

        Raises:
            Unavailable: the database cannot be reached, or has no room.
            DatabaseDiffers: other tables or rows than in the dump.
        """
        kept: Path | None = None
        if plan.replaces:
            now = self._clock.now()
            folder = self._keep_folder() / f"{now:%Y%m%dT%H%M%SZ}"
            loaded, kept = self._loader.replace(plan.dump, plan.target, folder, progress)
        else:
            loaded = self._loader.load(plan.dump, plan.database, plan.target, progress)
        require_rows(plan.target, plan.rows, loaded.rows)
        if plan.target == plan.database:
            self._settle()
        return DatabaseRestored(plan.target, loaded, kept)

    def _dumps(self, snapshot: Snapshot) -> dict[str, tuple[bytes, str]]:
        """Path and SHA-256 by database."""
        start, end = f"{FOLDER}/".encode(), self._loader.suffix.encode()
        return {
            unquote(entry.path[len(start) : -len(end)].decode()): (entry.path, entry.sha256)
            for entry in snapshot.entries()
            if entry.type is EntryType.FILE and entry.path.startswith(start) and entry.path.endswith(end)
        }

    def _checked(self, snapshot: Snapshot, database: str) -> OpenDump:
        """The dump, once its bytes are what the manifest says."""
        dumps = self._dumps(snapshot)
        if database not in dumps:
            known = ", ".join(sorted(dumps)) or "none"
            raise NotFound(f"{snapshot.name} has no database {database}", hint=f"It has: {known}.")
        path, sha256 = dumps[database]
        with snapshot.open(path) as file:
            if _digest(file) != sha256:
                raise DumpDamaged(
                    f"the dump of {database} in {snapshot.name} is not what its manifest says",
                    hint="Take another snapshot: machiya backup list.",
                )
        return lambda: snapshot.open(path)


def file_name(database: str, suffix: str) -> str:
    """Of the dump of ``database``: any name that a server takes becomes one that a disk takes."""
    return quote(database, safe=" ") + suffix


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def require_rows(name: str, expected: Mapping[str, int], found: Mapping[str, int]) -> None:
    """Go on only if the database ``name`` has the tables and rows of its dump.

    Raises:
        DatabaseDiffers: it has others.
    """
    different = [table for table in sorted({*expected, *found}) if expected.get(table) != found.get(table)]
    if different:
        said = ", ".join(f"{table} ({expected.get(table)}, now {found.get(table)})" for table in different[:3])
        raise DatabaseDiffers(
            f"{name} does not hold the rows of the dump: {said}", hint="Do not use it; take another snapshot."
        )
