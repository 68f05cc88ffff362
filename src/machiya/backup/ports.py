"""What the backup room needs from outside: what is saved, and the disk with the snapshots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from machiya.backup.model import Entry, Header, Omission, SnapshotName, Totals
from machiya.core.progress import Progress


@dataclass(frozen=True, slots=True)
class FileTree:
    """A folder of the house that is saved as it is, below ``name`` in the snapshot.

    Args:
        name: ``mail``, ``certificates``: lower case, no slash.
        root: absolute.
        what: for a person, English and Japanese.
        omitted: patterns (fnmatch, against the path below ``root``) that are left out, each with its reason.
        maildirs: message files below it keep their content when Dovecot renames them: matched by base name.
    """

    name: str
    root: Path
    what: tuple[str, str]
    omitted: tuple[Omission, ...] = ()
    maildirs: bool = False


class Dumper(Protocol):
    """Writes what cannot be copied while it is in use; all dumpers have ended before the first file tree is walked."""

    @property
    def name(self) -> str:
        """The folder in the snapshot: ``databases``, ``house``."""

    @property
    def what(self) -> tuple[str, str]:
        """For a person, English and Japanese."""

    def dump(self, target: Path, progress: Progress) -> None:
        """Write files into ``target``, an empty folder. Equal data gives equal bytes, so that nothing is stored twice.

        Raises:
            Unavailable: it could not be done; the snapshot is not made.
        """


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a house saves, in the order in which it is saved.

    Args:
        omitted: what is left out on purpose besides that of the trees; absolute patterns.
    """

    dumpers: Sequence[Dumper]
    trees: Sequence[FileTree]
    omitted: Sequence[Omission] = ()


class Snapshot(Protocol):
    """One finished snapshot on the disk."""

    @property
    def name(self) -> SnapshotName:
        """Rota and day."""

    @property
    def folder(self) -> Path:
        """Where its plain tree is."""

    @property
    def header(self) -> Header:
        """From its manifest."""

    @property
    def totals(self) -> Totals:
        """From its manifest."""

    def entries(self) -> Iterator[Entry]:
        """As the manifest has them, streamed.

        Raises:
            ManifestDamaged: it is not whole.
        """

    def open(self, path: bytes) -> BinaryIO:
        """The content of a file; nothing outside of the snapshot, whatever symlinks say.

        Raises:
            NotFound: there is none.
        """
