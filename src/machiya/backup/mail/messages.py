"""The messages of a snapshot, read from its manifest."""

import hashlib
from collections.abc import Iterator

from machiya.backup.mail.model import SavedMessage
from machiya.backup.model import Entry, EntryType
from machiya.backup.ports import Snapshot

SOURCE = b"mail"
_MAILDIR = b"Maildir"
_PARTS = frozenset({b"cur", b"new"})
_DEPTH_OF_INBOX, _DEPTH_OF_FOLDER = 6, 7
_CHUNK = 1024 * 1024


def maildir_path(home: bytes, folder: bytes) -> bytes:
    """Where a folder of a mailbox is in a snapshot."""
    return b"/".join((SOURCE, home, _MAILDIR, *([folder] if folder else [])))


def messages(snapshot: Snapshot, home: bytes = b"") -> Iterator[SavedMessage]:
    """All messages, or those of one mailbox, in the order of the manifest; nothing from ``tmp``.

    Dovecot makes a copy within a folder a hard link: it has the content of the message that it is another name of.

    Raises:
        ManifestDamaged: the manifest is not whole.
    """
    wanted = SOURCE + b"/" + (home + b"/" if home else b"")
    contents = _Contents(snapshot)
    for entry in snapshot.entries():
        place = _place(entry) if entry.path.startswith(wanted) else None
        if place is not None:
            of, folder, name = place
            size, sha256 = contents.of(entry, of)
            if sha256:
                yield SavedMessage(snapshot.name, entry.path, of, folder, name, entry.mtime_ns, size, sha256)


def _place(entry: Entry) -> tuple[bytes, bytes, bytes] | None:
    """Mailbox, folder and file name; None: no message."""
    if entry.type not in {EntryType.FILE, EntryType.HARD_LINK}:
        return None
    parts = entry.path.split(b"/")
    if len(parts) not in {_DEPTH_OF_INBOX, _DEPTH_OF_FOLDER} or parts[3] != _MAILDIR or parts[-2] not in _PARTS:
        return None
    folder = parts[4] if len(parts) == _DEPTH_OF_FOLDER else b""
    if (folder and not folder.startswith(b".")) or parts[-1].startswith(b"."):
        return None
    return b"/".join(parts[1:3]), folder, parts[-1]


class _Contents:
    """Size and hash of each message; remembers those of one mailbox, for the hard links in it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot, self._home = snapshot, b""
        self._known: dict[bytes, tuple[int, str]] = {}

    def of(self, entry: Entry, home: bytes) -> tuple[int, str]:
        """An empty hash: a hard link to what cannot be read."""
        if home != self._home:
            self._home, self._known = home, {}
        if entry.type is EntryType.HARD_LINK:
            return self._known.get(entry.link) or self._read(entry.path)
        self._known[entry.path] = entry.size, entry.sha256
        return self._known[entry.path]

    def _read(self, path: bytes) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        try:
            with self._snapshot.open(path) as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except OSError:
            return 0, ""
        return size, digest.hexdigest()
