"""Which messages of a mailbox are wanted, and which folder each goes to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from machiya.backup.errors import SnapshotMissing
from machiya.backup.mail.model import INBOX, SavedMessage
from machiya.backup.model import SnapshotName
from machiya.core.errors import InvalidInput

INBOX_LEVEL = b".INBOX"
Destination = Callable[[SavedMessage], bytes]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Messages by the beginning of their ids, or a folder with those below it, or (neither) the whole mailbox."""

    ids: tuple[str, ...] = ()
    folder: bytes | None = None

    def choose(self, found: Iterable[SavedMessage], snapshot: SnapshotName) -> list[SavedMessage]:
        """The wanted ones. One that several folders have is wanted once, unless a folder is named.

        Raises:
            SnapshotMissing: the snapshot has none of them.
            InvalidInput: several messages begin with an id.
        """
        inside = [message for message in found if self._takes_folder(message)]
        if self.ids:
            return [_the_one(inside, one.lower(), snapshot) for one in dict.fromkeys(self.ids)]
        if not inside:
            raise SnapshotMissing(
                f"{snapshot} has no message of that mailbox and folder",
                hint="machiya backup find --mailbox ADDRESS all shows what there is.",
            )
        return inside

    def _takes_folder(self, message: SavedMessage) -> bool:
        if self.folder is None:
            return True
        below = bool(self.folder) and message.folder.startswith(self.folder + b".")
        return message.folder == self.folder or below


def _the_one(found: Sequence[SavedMessage], beginning: str, snapshot: SnapshotName) -> SavedMessage:
    fitting = [message for message in found if beginning and message.sha256.startswith(beginning)]
    if not fitting:
        raise SnapshotMissing(
            f"{snapshot} has no message {beginning!r} there",
            hint="machiya backup find --mailbox ADDRESS all shows which snapshot has it.",
        )
    if len({message.sha256 for message in fitting}) > 1:
        raise InvalidInput(f"several messages begin with {beginning!r}", hint="Write more of the id.")
    return fitting[0]


def where_it_was(message: SavedMessage) -> bytes:
    """The folder it was in."""
    return message.folder


def below(top: bytes) -> Destination:
    """Below the folder ``top``, in folders like those they were in; the INBOX is one, too."""
    return lambda message: top + (message.folder or INBOX_LEVEL)


def into(top: bytes, wanted: Wanted) -> Destination:
    """Into ``top`` itself; of a folder its folders go below it, a whole mailbox as with ``below``."""
    if wanted.ids:
        return lambda _message: top
    if wanted.folder is None:
        return below(top)
    skipped = len(wanted.folder)
    return lambda message: top + (message.folder[skipped:] if message.folder != INBOX else b"")
