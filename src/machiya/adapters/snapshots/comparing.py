"""Whether what is in a place is what a snapshot has for it."""

import os
import stat

from machiya.adapters.snapshots.content import digest_of
from machiya.adapters.snapshots.folders import open_folder, open_regular
from machiya.adapters.snapshots.native import xattrs_of
from machiya.backup.model import Entry, EntryType


def stat_in(folder: int, name: bytes) -> os.stat_result | None:
    """What is at ``name``; None: nothing, or there is no such folder (-1)."""
    if folder < 0:
        return None
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def seems_same(entry: Entry, there: os.stat_result, folder: int, name: bytes) -> bool:
    """By its size and time, or by what a symlink says; nothing is read."""
    if entry.type is EntryType.SYMLINK:
        return stat.S_ISLNK(there.st_mode) and os.readlink(name, dir_fd=folder) == entry.link
    return stat.S_ISREG(there.st_mode) and (there.st_size, there.st_mtime_ns) == (entry.size, entry.mtime_ns)


def is_same(entry: Entry, there: os.stat_result, folder: int, name: bytes) -> bool:
    """By every byte of a file, its mode, owner and attributes, too."""
    if not seems_same(entry, there, folder, name):
        return False
    if entry.type is not EntryType.FILE:
        return True
    if not _same_rights(entry, there):
        return False
    descriptor, _ = open_regular(name, folder)
    try:
        return _has_xattrs(descriptor, entry) and digest_of(descriptor)[0] == entry.sha256
    finally:
        os.close(descriptor)


def is_same_folder(entry: Entry, folder: int) -> bool:
    """By its mode, owner and attributes; not its time, which tells when something came into it."""
    return _same_rights(entry, os.fstat(folder)) and _has_xattrs(folder, entry)


def is_same_link(entry: Entry, there: os.stat_result, root: int, first: bytes | None) -> bool | None:
    """Whether it is one file with ``first`` (a path below ``root``); None: that is not there as it was saved."""
    here = os.dup(root)
    try:
        *folders, name = (first or b"").split(b"/")
        for folder in folders:
            below = open_folder(folder, here)
            os.close(here)
            here = below
        one = stat_in(here, name) if name else None
    except OSError:
        return None
    finally:
        os.close(here)
    if one is None or (one.st_size, one.st_mtime_ns) != (entry.size, entry.mtime_ns):
        return None
    return (one.st_dev, one.st_ino) == (there.st_dev, there.st_ino)


def _same_rights(entry: Entry, there: os.stat_result) -> bool:
    """Only root can give another owner; anyone else need not look at it."""
    owned = os.geteuid() != 0 or (there.st_uid, there.st_gid) == (entry.uid, entry.gid)
    return owned and stat.S_IMODE(there.st_mode) == entry.mode


def _has_xattrs(place: int, entry: Entry) -> bool:
    return not entry.xattrs or set(entry.xattrs) <= set(xattrs_of(place))
