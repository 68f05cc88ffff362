"""One snapshot is taken: what is in use is dumped, then the files are copied, then it counts, then old ones go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from machiya.backup.model import Header, SnapshotName, Totals
from machiya.backup.ports import Dumper, FileTree, Sources
from machiya.backup.retention import Retention
from machiya.core.progress import Progress


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was not saved as it should be: its path in the snapshot, and what happened.

    ``lost``: it is not in the snapshot, though it should be.
    """

    path: bytes
    what: str
    lost: bool = False

    def __str__(self) -> str:
        return f"{self.path.decode('utf-8', 'backslashreplace')}: {self.what}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it.

    Args:
        notes: what is not as it should be; a person should look.
        pruned: snapshots that were deleted for it.
        made: False: it was there already.
    """

    name: SnapshotName
    totals: Totals
    notes: tuple[Note, ...] = ()
    pruned: tuple[SnapshotName, ...] = ()
    made: bool = True

    @property
    def lost(self) -> tuple[Note, ...]:
        """What is not in it, though it should be."""
        return tuple(one for one in self.notes if one.lost)


class Draft(Protocol):
    """A snapshot in the making; nobody sees it before it is finished."""

    def dump(self, dumper: Dumper, progress: Progress) -> None:
        """Let ``dumper`` write its files."""

    def save(self, source: Dumper | FileTree, progress: Progress) -> None:
        """Copy a tree, or take in what was dumped; in the order of the names."""

    def finish(self) -> Totals:
        """Make it durable and give it its name."""

    @property
    def notes(self) -> Sequence[Note]:
        """What was not saved as it should be."""


class Disk(Protocol):
    """Where snapshots are."""

    def begin(self, header: Header) -> Draft:
        """Start one, or go on with one that was interrupted."""

    def names(self) -> Sequence[SnapshotName]:
        """All finished ones, newest first."""

    def delete(self, name: SnapshotName) -> None:
        """For good."""


def take(disk: Disk, sources: Sources, header: Header, retention: Retention, progress: Progress) -> Taken:
    """Take the snapshot that ``header`` describes.

    Raises:
        BackupDiskFull, BackupDiskFailed: the older snapshots are as they were.
        Unavailable: a dump failed; so does the snapshot.
        SourceMissing: what is to be saved is not there.
        Cancelled: the next run goes on with it.
    """
    draft = disk.begin(header)
    for dumper in sources.dumpers:
        progress.line(f"{dumper.name}: {dumper.what[0]}")
        draft.dump(dumper, progress)
    for source in in_order(sources):
        draft.save(source, progress)
    totals = draft.finish()
    if totals.lost:
        progress.line(f"{totals.lost} could not be saved, so that no older snapshot is deleted: it may have them")
        return Taken(header.snapshot, totals, tuple(draft.notes))
    pruned = retention.superfluous(disk.names(), header.snapshot)
    for name in pruned:
        progress.line(f"{name} is older than what is kept and goes")
        disk.delete(name)
    return Taken(header.snapshot, totals, tuple(draft.notes), pruned)


def in_order(sources: Sources) -> list[Dumper | FileTree]:
    """Dumps and trees by their names, as the manifest has them.

    Raises:
        ValueError: two have one name.
    """
    found: dict[str, Dumper | FileTree] = {}
    every: list[Dumper | FileTree] = [*sources.dumpers, *sources.trees]
    for one in every:
        if found.setdefault(one.name, one) is not one:
            msg = f"two sources are called {one.name}"
            raise ValueError(msg)
    return [found[name] for name in sorted(found)]
