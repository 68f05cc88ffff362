"""What restoring mail needs from outside: the mailbox as it is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from machiya.core.errors import MachiyaError


class ContentDamaged(MachiyaError):
    """A message in the snapshot is not what its manifest says; nothing of it was restored."""

    code = "message_damaged"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on its way into a folder.

    Args:
        base: the file name it had, without flags.
        letters: flags and keywords that it shall have.
    """

    base: bytes
    letters: str
    mtime_ns: int
    size: int
    sha256: str


class LiveMailbox(Protocol):
    """One mailbox, which a mail server may be using meanwhile. Folders are named as on disk; empty: the INBOX."""

    def digests(self, sizes: set[int]) -> Mapping[str, bytes]:
        """SHA-256 (hex) of each message that has one of these sizes, and the folder it is in.

        Raises:
            OSError: it cannot be read.
        """

    def has_folder(self, folder: bytes) -> bool:
        """Whether the folder is there."""

    def keywords(self, folder: bytes) -> Sequence[str]:
        """The keywords that the folder's letters a, b, c … mean; an empty text: a letter that means nothing."""

    def make_folder(self, folder: bytes, keywords: Sequence[str]) -> None:
        """Make a folder that is not there, with its keywords, and show it in mail programs.

        Raises:
            OSError: it could not be made.
        """

    def deliver(self, folder: bytes, message: Incoming, content: BinaryIO) -> None:
        """Put it there as a new message: whole, with its flags and its time, or not at all.

        Raises:
            ContentDamaged: it is not what it should be; nothing was put there.
            OSError: it could not be written.
        """

    def close(self) -> None:
        """Make what was delivered survive a power cut.

        Raises:
            OSError: the disk did not confirm it.
        """
