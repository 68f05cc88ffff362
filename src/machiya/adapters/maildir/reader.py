"""Reads a mailbox for a person at a terminal; changes nothing, not even a flag."""

import contextlib
import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from machiya.adapters.maildir.layout import READABLE_PARTS, folders, maildir_of
from machiya.adapters.maildir.modified_utf7 import decode_modified_utf7
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput, NotFound, Unavailable
from machiya.mail.prefix import DELIVERY_FIELD

HEADER_BYTES = 256 * 1024
INBOX = "INBOX"
DELIVERY_ID_CHARACTERS = 36
_LOOKED_INTO = 1000
_OUR_LINES_BYTES = 8192

_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message of a mailbox.

    Attributes:
        key: names it for ``raw``; stays the same when a mail program moves or flags the message.
        folder: ``INBOX`` or the folder's name, levels separated by ``/``.
        flags: Maildir letters, sorted: D draft, F flagged, P passed, R replied, S seen, T trashed.
        received_at: when it was stored.
        size_bytes: as stored.
        headers: the raw header section, at most 256 KiB of it, without the empty line.
    """

    key: str
    folder: str
    flags: str
    received_at: datetime
    size_bytes: int
    headers: bytes


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    folder: str
    modified: float
    size: int


class MaildirReader:
    """Maildirs below ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list(self, mailbox: EmailAddress, limit: int) -> tuple[StoredMessage, ...]:
        """The newest ``limit`` messages of all folders, newest first; empty if nothing was ever stored.

        Raises:
            Unavailable: a folder cannot be read.
        """
        maildir = maildir_of(self._root, mailbox)
        try:
            newest = heapq.nlargest(limit, _files(maildir), key=lambda file: (file.modified, file.path.name))
            return tuple(message for file in newest if (message := _read(file)))
        except OSError as error:
            raise _unreadable(maildir, error) from error

    def raw(self, mailbox: EmailAddress, key: str) -> bytes:
        """The message as stored. ``key`` is one of ``list``, a unique beginning of one, or a delivery id.

        Raises:
            NotFound: there is no such message.
            InvalidInput: several messages begin like that.
            Unavailable: a folder cannot be read.
        """
        maildir = maildir_of(self._root, mailbox)
        try:
            return self._find(mailbox, maildir, key).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"the message moved while it was read: {key}", hint="Try again.") from error
        except OSError as error:
            raise _unreadable(maildir, error) from error

    def _find(self, mailbox: EmailAddress, maildir: Path, key: str) -> Path:
        mark = key.replace("-", "")
        paths = [path for path in _paths(maildir) if _key(path).startswith(key) or f".{mark}." in path.name]
        paths = paths or list(_with_delivery(maildir, key))
        exact = [path for path in paths if _key(path) == key]
        if not key or not paths:
            raise NotFound(f"{mailbox} has no message {key!r}", hint=f"machiya mail list {mailbox} shows their keys.")
        if not exact and len(paths) > 1:
            raise InvalidInput(f"{len(paths)} messages begin with {key!r}", hint="Write more of the key.")
        return (exact or paths)[0]


def _unreadable(maildir: Path, error: OSError) -> Unavailable:
    return Unavailable(f"cannot read {maildir}: {error.strerror}", hint="Check its rights and its disk.")


def _paths(maildir: Path) -> Iterator[Path]:
    for folder in folders(maildir):
        for part in READABLE_PARTS:
            if (folder / part).is_dir():
                yield from (path for path in (folder / part).iterdir() if not path.name.startswith("."))


def _with_delivery(maildir: Path, key: str) -> Iterator[Path]:
    """What Dovecot named in its own way says which delivery it was in its first lines; looks at the newest only."""
    if len(key) != DELIVERY_ID_CHARACTERS:
        return
    mark = f"{DELIVERY_FIELD}: {key}".encode()
    for file in heapq.nlargest(_LOOKED_INTO, _files(maildir), key=lambda file: file.modified):
        with contextlib.suppress(FileNotFoundError), file.path.open("rb") as opened:
            if mark in opened.read(_OUR_LINES_BYTES):
                yield file.path


def _files(maildir: Path) -> Iterator[_File]:
    for path in _paths(maildir):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        yield _File(path, _folder_name(path.parent.parent, maildir), status.st_mtime, status.st_size)


def _read(file: _File) -> StoredMessage | None:
    """None for a message that a mail program has moved since it was seen."""
    try:
        with file.path.open("rb") as opened:
            head = opened.read(HEADER_BYTES)
    except FileNotFoundError:
        return None
    _, _, flags = file.path.name.partition(":2,")
    received_at = datetime.fromtimestamp(file.modified, tz=UTC)
    return StoredMessage(_key(file.path), file.folder, "".join(sorted(flags)), received_at, file.size, _headers(head))


def _key(path: Path) -> str:
    """The name without flags and sizes."""
    return path.name.partition(":")[0].partition(",")[0]


def _headers(head: bytes) -> bytes:
    if head.startswith((b"\n", b"\r\n")):
        return b""
    end = _END.search(head)
    return head[: end.start()] if end else head


def _folder_name(folder: Path, maildir: Path) -> str:
    if folder == maildir:
        return INBOX
    return "/".join(decode_modified_utf7(level) for level in folder.name.removeprefix(".").split("."))
