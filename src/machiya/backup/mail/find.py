"""Finding messages in snapshots by sender, subject and date."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator

from machiya.backup.mail.messages import messages
from machiya.backup.mail.model import Found, Letterhead, Query, SavedMessage
from machiya.backup.ports import Snapshot
from machiya.core.errors import NotFound

HEAD_BYTES = 256 * 1024

ReadHead = Callable[[bytes], Letterhead]


def find(snapshots: Iterable[Snapshot], query: Query, read: ReadHead) -> Iterator[Found]:
    """Every message that fits, in the order of ``snapshots``; one that an earlier of them had is not read again.

    A message is the same where mailbox and content are; within one snapshot each of its folders is told. One
    that could not be read is looked for in the next.

    Raises:
        ManifestDamaged: a manifest is not whole.
    """
    looked_at: set[tuple[bytes, str]] = set()
    for snapshot in snapshots:
        here: set[tuple[bytes, str]] = set()
        for message in messages(snapshot, query.home):
            key = message.home, message.sha256
            if key in looked_at or not _in_time(message, query):
                continue
            found = _fits(snapshot, message, query, read)
            if found is None or found.readable:
                here.add(key)
            if found is not None:
                yield found
        looked_at |= here


def _in_time(message: SavedMessage, query: Query) -> bool:
    if query.since is not None and message.stored_at < query.since:
        return False
    return query.until is None or message.stored_at < query.until


def _fits(snapshot: Snapshot, message: SavedMessage, query: Query, read: ReadHead) -> Found | None:
    """What cannot be read fits whatever is asked: it is better shown than missed."""
    try:
        with snapshot.open(message.path) as file:
            head = read(file.read(HEAD_BYTES))
    except (OSError, NotFound):
        return Found(message, Letterhead(), readable=False)
    if _contains(head.sender, query.sender) and _contains(head.subject, query.subject):
        return Found(message, head)
    return None


def _contains(text: str, wanted: str) -> bool:
    return _folded(wanted) in _folded(text)


def _folded(text: str) -> str:
    """Neither case nor width counts: ＡＢＣ is abc, ｶﾅ is カナ."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
