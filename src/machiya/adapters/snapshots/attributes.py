"""Owner, mode, time and extended attributes of a copy; and whether an original still has those of an entry."""

import os
import stat

from machiya.adapters.snapshots.folders import Name
from machiya.adapters.snapshots.native import Xattrs, set_xattrs
from machiya.backup.model import Entry, EntryType

_ME = (os.geteuid(), os.getegid())


def entry_of(
    path: bytes,
    kind: EntryType,
    origin: os.stat_result,
    xattrs: Xattrs = (),
    *,
    size: int = 0,
    sha256: str = "",
    link: bytes = b"",
    sparse: bool = False,
) -> Entry:
    """What ``stat`` said, as a line of the manifest."""
    mode = stat.S_IMODE(origin.st_mode)
    return Entry(path, kind, mode, origin.st_uid, origin.st_gid, origin.st_mtime_ns, size, sha256, link, xattrs, sparse)


def same_attributes(entry: Entry, now: os.stat_result) -> bool:
    """Size, time, mode and owner are as they were; extended attributes are asked for by the caller."""
    return (
        entry.mtime_ns == now.st_mtime_ns
        and entry.size == now.st_size
        and entry.mode == stat.S_IMODE(now.st_mode)
        and entry.uid == now.st_uid
        and entry.gid == now.st_gid
    )


def give_attributes(place: int, entry: Entry, *, ours: bool = False) -> bool:
    """Give an open file or directory what its entry says; False: not everything (another owner needs root).

    ``ours``: it was made by us in a folder of ours, so that it has our owner and our group: see ``open_for_change``.
    """
    owned = (ours and (entry.uid, entry.gid) == _ME) or _own(place, entry)
    kept = set_xattrs(place, entry.xattrs) if entry.xattrs else True
    # Set-uid for whoever restores, instead of the one it was meant for, would be a gift to a stranger.
    os.fchmod(place, entry.mode if owned else entry.mode & ~(stat.S_ISUID | stat.S_ISGID))
    os.utime(place, ns=(entry.mtime_ns, entry.mtime_ns))
    return owned and kept


def _own(place: int, entry: Entry) -> bool:
    try:
        os.fchown(place, entry.uid, entry.gid)
    except PermissionError:
        return False
    return True


def make_symlink(name: Name, within: int, entry: Entry) -> bool:
    """A symlink with its time and owner (False: that needs root); its mode means nothing."""
    os.symlink(entry.link, os.fsencode(name), dir_fd=within)
    owned = True
    try:
        os.chown(name, entry.uid, entry.gid, dir_fd=within, follow_symlinks=False)
    except PermissionError:
        owned = False
    os.utime(name, ns=(entry.mtime_ns, entry.mtime_ns), dir_fd=within, follow_symlinks=False)
    return owned
