"""One file comes into the snapshot: linked to the day before where it is the same, else copied."""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from machiya.adapters.snapshots.attributes import entry_of, give_attributes, same_attributes
from machiya.adapters.snapshots.content import SMALL, Read, copy_large, digest_of, is_sparse, read_small, write_all
from machiya.adapters.snapshots.folders import open_file, open_regular, remove
from machiya.adapters.snapshots.native import beside, xattrs_of
from machiya.backup.manifest import Line
from machiya.backup.model import Entry, EntryType
from machiya.backup.order import message_name

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = {errno.EMLINK, errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS}


@dataclass(frozen=True, slots=True)
class Place:
    """The open directories at one step of the walk; ``earlier``: the same one of the day before, -1 if it has none."""

    path: bytes
    source: int
    target: int
    earlier: int
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of it: its entry; its content is new; it held still meanwhile; it got its attributes.

    ``line``: the line of an earlier manifest that says the same.
    """

    entry: Entry
    new: bool
    steady: bool = True
    attributes: bool = True
    line: Line | None = None


def unchanged(entry: Entry | None, now: os.stat_result, place: Place, name: bytes) -> bool:
    """The original is as the entry says, its extended attributes too."""
    return (
        entry is not None
        and entry.type is EntryType.FILE
        and same_attributes(entry, now)
        and entry.xattrs == xattrs_of(beside(place.source, name))
    )


def link_earlier(entry: Entry, place: Place, name: bytes) -> bool:
    """Make it one file with that of the day before; False: that one is gone, not as it was, or has too many names."""
    before = entry.path.rpartition(b"/")[2]
    try:
        there = os.stat(before, dir_fd=place.earlier, follow_symlinks=False)
        if (there.st_size, there.st_mtime_ns) != (entry.size, entry.mtime_ns):
            return False
        return link(before, place.earlier, place.target, name)
    except FileNotFoundError:
        return False


def link(before: bytes, earlier: int, target: int, name: bytes) -> bool:
    """One more name of a file on the disk; False: it has too many, or the disk has no hard links."""
    try:
        try:
            os.link(before, name, src_dir_fd=earlier, dst_dir_fd=target, follow_symlinks=False)
        except FileExistsError:  # of the run that was interrupted
            remove(name, target)
            os.link(before, name, src_dir_fd=earlier, dst_dir_fd=target, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True


def link_from_new(name: bytes, place: Place, path: bytes, now: os.stat_result) -> Saved | None:
    """A message that was in ``new`` the day before and is in ``cur`` now: the same bytes, so the same file; else None.

    The manifest has ``new`` after ``cur``, so that the copy itself is asked, and read for its hash.
    """
    if place.earlier < 0 or place.path.rpartition(b"/")[2] != b"cur":
        return None
    before = b"../new/" + message_name(place.path, name)
    try:
        copy_of_it = open_file(before, place.earlier)
    except OSError:
        return None
    try:
        xattrs = xattrs_of(copy_of_it)
        there = entry_of(path, EntryType.FILE, os.fstat(copy_of_it), xattrs, size=now.st_size)
        if not unchanged(there, now, place, name) or os.fstat(copy_of_it).st_size != now.st_size:
            return None
        sha256 = _equal(copy_of_it, name, place)
        if not sha256 or not link(before, place.earlier, place.target, name):
            return None
        return Saved(replace(there, sha256=sha256), new=False)
    finally:
        os.close(copy_of_it)


def _equal(copy_of_it: int, name: bytes, place: Place) -> str:
    """The SHA-256 of both if they hold the same, else empty."""
    original = open_file(name, place.source)
    try:
        there, here = digest_of(copy_of_it), digest_of(original)
    finally:
        os.close(original)
    return here[0] if there == here else ""


def copy(name: bytes, place: Place, path: bytes, earlier: Entry | None, tell: Callable[[int], None]) -> Saved:
    """Read it and write it; content and attributes as the day before: linked after all.

    Raises:
        FileNotFoundError: it vanished.
        OSError: of the source, or of the backup disk.
    """
    source, origin = open_regular(name, place.source)
    try:
        xattrs = xattrs_of(source)
        if origin.st_size > SMALL or is_sparse(origin):
            return _copy_large(source, name, place, path, earlier, tell)
        read = read_small(source, origin)
        entry = _entry(path, read, xattrs)
        if earlier is not None and replace(entry, path=earlier.path) == earlier and link_earlier(earlier, place, name):
            return Saved(entry, new=False, steady=read.steady)
        attributes = _write(name, place, entry, read.data or b"")
        return Saved(entry, new=True, steady=read.steady, attributes=attributes)
    finally:
        os.close(source)


def _entry(path: bytes, read: Read, xattrs: tuple[tuple[str, bytes], ...]) -> Entry:
    return entry_of(path, EntryType.FILE, read.origin, xattrs, size=read.size, sha256=read.sha256, sparse=read.sparse)


def _write(name: bytes, place: Place, entry: Entry, data: bytes) -> bool:
    target = _create(name, place.target)
    try:
        if data:
            write_all(target, data)
        return give_attributes(target, entry, ours=True)
    finally:
        os.close(target)


def _copy_large(
    source: int, name: bytes, place: Place, path: bytes, earlier: Entry | None, tell: Callable[[int], None]
) -> Saved:
    target = _create(name, place.target)
    try:
        read = copy_large(source, target, tell)
        entry = _entry(path, read, xattrs_of(source))
        attributes = give_attributes(target, entry, ours=True)
    finally:
        os.close(target)
    if earlier is not None and replace(entry, path=earlier.path) == earlier:
        remove(name, place.target)
        if link_earlier(earlier, place, name):
            return Saved(entry, new=False, steady=read.steady)
        return _copy_large(source, name, place, path, None, tell)
    return Saved(entry, new=True, steady=read.steady, attributes=attributes)


def _create(name: bytes, within: int) -> int:
    try:
        return os.open(name, _NEW, 0o600, dir_fd=within)
    except FileExistsError:  # of the run that was interrupted; never written into, it may be shared
        remove(name, within)
        return os.open(name, _NEW, 0o600, dir_fd=within)


def take_in(name: bytes, place: Place, path: bytes, earlier: Entry | None, tell: Callable[[int], None]) -> Saved:
    """A file that was dumped: linked to that of the day before if their content is the same, else made part of this."""
    dumped = open_file(name, place.source)
    try:
        sha256, size = digest_of(dumped, tell)
        origin = os.fstat(dumped)
        same = earlier is not None and (earlier.type, earlier.sha256, earlier.size) == (EntryType.FILE, sha256, size)
        if earlier is not None and same and link_earlier(earlier, place, name):
            return Saved(earlier, new=False)
        if not link(name, place.source, place.target, name):
            os.rename(name, name, src_dir_fd=place.source, dst_dir_fd=place.target)
        return Saved(entry_of(path, EntryType.FILE, origin, size=size, sha256=sha256), new=True)
    finally:
        os.close(dumped)
