"""A message in a snapshot, and what may be asked of one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from machiya.backup.model import SnapshotName

INBOX = b""
ID_CHARACTERS = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SavedMessage:
    """One message in one snapshot.

    Args:
        path: below the snapshot's folder.
        home: ``domain/local part`` as they are on disk: which mailbox.
        folder: as on disk: ``.Archive.2025``; empty: the INBOX.
        name: of its file, with flags.
        mtime_ns: when it was stored (IMAP's INTERNALDATE), nanoseconds since 1970.
        sha256: hex, of the whole message.
    """

    snapshot: SnapshotName
    path: bytes
    home: bytes
    folder: bytes
    name: bytes
    mtime_ns: int
    size: int
    sha256: str

    @property
    def id(self) -> str:
        """Short and made from the content: the same in every snapshot and folder."""
        return self.sha256[:ID_CHARACTERS]

    @property
    def base(self) -> bytes:
        """The file's name without flags."""
        return self.name.partition(b":2,")[0]

    @property
    def letters(self) -> str:
        """Its flags: capitals are IMAP's own, small letters are the folder's keywords."""
        return self.name.partition(b":2,")[2].partition(b",")[0].decode("ascii", "ignore")

    @property
    def stored_at(self) -> datetime:
        """When it was stored; what no calendar has becomes 1970."""
        try:
            return _EPOCH + timedelta(microseconds=self.mtime_ns // 1000)
        except OverflowError:
            return _EPOCH


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Sender and subject as a person reads them."""

    sender: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; empty or None: everything.

    Args:
        home: one mailbox, as in ``SavedMessage``.
        sender: a part of the From line, whatever its case and width.
        subject: the same of the subject.
        since: stored at this moment or later.
        until: stored before this moment.
    """

    home: bytes = b""
    sender: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A message that fits; ``readable`` is false where the backup disk did not give its headers."""

    message: SavedMessage
    letterhead: Letterhead
    readable: bool = True
