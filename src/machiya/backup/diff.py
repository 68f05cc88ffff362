"""What differs between two snapshots, or between a snapshot and the house as it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from machiya.backup.model import Entry
from machiya.backup.order import message_key_of, side_by_side


class Kind(StrEnum):
    """How a path differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"
    TOUCHED = "touched"


@dataclass(frozen=True, slots=True)
class Change:
    """One path; ``touched``: its content is the same, its time, mode or owner is not."""

    kind: Kind
    before: Entry | None
    after: Entry | None

    @property
    def path(self) -> bytes:
        """Where it is, or was."""
        entry = self.after or self.before
        return entry.path if entry is not None else b""


def differences(before: Iterable[Entry], after: Iterable[Entry]) -> Iterator[Change]:
    """In the manifest's order. A message that Dovecot renamed for its flags is one change, not two."""
    for old, new in side_by_side(before, after, message_key_of, message_key_of):
        kind = _kind(old, new)
        if kind is not None:
            yield Change(kind, old, new)


def _kind(old: Entry | None, new: Entry | None) -> Kind | None:
    if old is None or new is None:
        return Kind.ADDED if old is None else Kind.REMOVED
    if _content_differs(old, new):
        return Kind.CHANGED
    if old.path != new.path:
        return Kind.RENAMED
    return Kind.TOUCHED if _attributes(old) != _attributes(new) else None


def _content_differs(old: Entry, new: Entry) -> bool:
    """Files of the house are not read for this: another size or time is taken for another content."""
    if (old.type, old.size, old.link) != (new.type, new.size, new.link):
        return True
    if old.sha256 and new.sha256:
        return old.sha256 != new.sha256
    return bool(old.sha256 or new.sha256) and old.mtime_ns != new.mtime_ns


def _attributes(entry: Entry) -> tuple[object, ...]:
    return entry.mode, entry.uid, entry.gid, entry.mtime_ns, entry.xattrs
