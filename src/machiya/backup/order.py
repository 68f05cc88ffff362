"""The order of a manifest as a key, and two streams in that order held side by side."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from machiya.backup.manifest import Line
from machiya.backup.model import Entry, EntryType

Left = TypeVar("Left")
Right = TypeVar("Right")

_FLAGS = b":2,"
_MESSAGE_FOLDERS = frozenset({b"cur", b"new"})


def folder_key(path: bytes) -> bytes:
    """The key of a directory; what lies in it has keys that begin with it. Names have no null, so that it ends them."""
    return b"\2" + path.replace(b"/", b"\0\2") + b"\0"


def key_in(folder: bytes, name: bytes) -> bytes:
    """The key of what is no directory, in the directory whose key is ``folder``."""
    return folder + b"\1" + name + b"\0"


def key_of(entry: Entry) -> bytes:
    """Entries of a manifest have rising keys."""
    if entry.type is EntryType.DIRECTORY:
        return folder_key(entry.path)
    folder, _, name = entry.path.rpartition(b"/")
    return key_in(folder_key(folder) if folder else b"", name)


def message_key_of(entry: Entry) -> bytes:
    """As ``key_of``; a message in a Maildir has one key whatever its flags, since Dovecot renames it for each."""
    if entry.type is EntryType.DIRECTORY:
        return folder_key(entry.path)
    folder, _, name = entry.path.rpartition(b"/")
    return key_in(folder_key(folder) if folder else b"", message_name(folder, name))


def message_name(folder: bytes, name: bytes) -> bytes:
    """The base name of a message in ``…/cur`` or ``…/new``; any other name as it is."""
    if folder.rpartition(b"/")[2] in _MESSAGE_FOLDERS:
        return name.partition(_FLAGS)[0]
    return name


def side_by_side(
    left: Iterable[Left],
    right: Iterable[Right],
    left_key: Callable[[Left], bytes],
    right_key: Callable[[Right], bytes],
) -> Iterator[tuple[Left | None, Right | None]]:
    """Pairs of equal keys, and None where one side has nothing; both sides rise. Nothing is kept."""
    lefts, rights = iter(left), iter(right)
    one, other = next(lefts, None), next(rights, None)
    while one is not None or other is not None:
        first = left_key(one) if one is not None else None
        second = right_key(other) if other is not None else None
        take_left = first is not None and (second is None or first <= second)
        take_right = second is not None and (first is None or second <= first)
        yield (one if take_left else None), (other if take_right else None)
        one = next(lefts, None) if take_left else one
        other = next(rights, None) if take_right else other


class Earlier:
    """The lines of an earlier manifest, asked for in the order of the walk; only the present one is kept."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._line: Line | None = None
        self._key = b""
        self._step()

    def at(self, key: bytes) -> Line | None:
        """The entry with this key (``message_key_of``); keys that are asked for rise."""
        while self._line is not None and self._key < key:
            self._step()
        return self._line if self._key == key else None

    def holds_below(self, folder: bytes) -> bool:
        """Whether the next entry lies in the directory with this key."""
        while self._line is not None and self._key <= folder:
            self._step()
        return self._line is not None and self._key.startswith(folder)

    def _step(self) -> None:
        self._line = next(self._lines, None)
        self._key = message_key_of(self._line.entry) if self._line is not None else b""
