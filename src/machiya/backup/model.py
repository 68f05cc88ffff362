"""What a snapshot is: its name, its entries, what it was taken from."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from machiya.core.errors import InvalidInput

AHEAD = timedelta(minutes=5)
"""What is later than now by more than this comes from a clock that was wrong."""

_NAME = re.compile(r"(daily|weekly)/([0-9]{4}-[0-9]{2}-[0-9]{2})")


class Rota(StrEnum):
    """Which of the two rows of snapshots: seven days, four weeks."""

    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, order=True)
class SnapshotName:
    """``daily/2026-11-29``: also its folder on the backup disk. Sorted by day."""

    day: date
    rota: Rota

    def __str__(self) -> str:
        return f"{self.rota}/{self.day.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> "SnapshotName":
        """The other way round.

        Raises:
            InvalidInput: not the name of a snapshot.
        """
        found = _NAME.fullmatch(text.strip().strip("/"))
        try:
            if found:
                return cls(date.fromisoformat(found[2]), Rota(found[1]))
        except ValueError:
            pass
        raise InvalidInput(
            f"not the name of a snapshot: {text!r}",
            hint="Write it like daily/2026-11-29; machiya backup list shows all.",
        )


class EntryType(StrEnum):
    """What lies at a path. Sockets, pipes and devices are not saved: they are nothing without their process."""

    DIRECTORY = "directory"
    FILE = "file"
    SYMLINK = "symlink"
    HARD_LINK = "hard_link"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a snapshot.

    Args:
        path: below the snapshot's folder, no leading slash; bytes, for names need not be UTF-8.
        mode: permission bits only (``stat.S_IMODE``).
        mtime_ns: nanoseconds since 1970, negative before.
        size: bytes, of a file.
        sha256: hex, of a file's whole content.
        link: what a symlink says, or the path (as ``path``) of the entry that a hard link is another name of.
        xattrs: name and value, by name.
        sparse: the file has holes; written again with holes where it is all zeros.
    """

    path: bytes
    type: EntryType
    mode: int
    uid: int
    gid: int
    mtime_ns: int
    size: int = 0
    sha256: str = ""
    link: bytes = b""
    xattrs: tuple[tuple[str, bytes], ...] = ()
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the vault keeps a file's content: the pack, the version that is locked, and the tar member's first byte.

    Args:
        pack: key in the bucket.
        version: VersionId; empty in a vault without versions (a directory).
        offset: of the member's content in the pack after decompression, bytes.
    """

    pack: str
    version: str
    offset: int


@dataclass(frozen=True, slots=True)
class Omission:
    """What is not saved, and why; both languages, English first."""

    pattern: str
    reason: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a manifest.

    Args:
        house: the house's host name.
        taken_at: when the walk began.
        sources: the folders of the snapshot.
        omitted: what was left out on purpose.
        program: the Machiya that wrote it.
    """

    snapshot: SnapshotName
    house: str
    taken_at: datetime
    sources: tuple[str, ...] = ()
    omitted: tuple[Omission, ...] = ()
    program: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the last line of a manifest counts: entries, bytes of the files, and those whose content is new.

    ``lost``: files and folders (each with all below it) that could not be saved.
    """

    entries: int = 0
    size_bytes: int = 0
    new_bytes: int = field(default=0)
    lost: int = 0
