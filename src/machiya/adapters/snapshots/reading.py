"""A tree as it is on a disk, in the order of a manifest: to hold a snapshot or the house against what was written."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from machiya.adapters.snapshots.attributes import entry_of
from machiya.adapters.snapshots.folders import names_in, open_folder
from machiya.adapters.snapshots.manifest_file import MANIFEST
from machiya.adapters.snapshots.native import beside, xattrs_of
from machiya.backup.model import Entry, EntryType
from machiya.backup.order import folder_key, key_in


@dataclass(frozen=True, slots=True)
class Found:
    """Something on the disk; ``folder`` is the open directory it is in, until the next one is asked for."""

    key: bytes
    path: bytes
    status: os.stat_result
    folder: int
    name: bytes

    @property
    def kind(self) -> EntryType | None:
        """None: a socket, a pipe, a device."""
        if stat.S_ISDIR(self.status.st_mode):
            return EntryType.DIRECTORY
        if stat.S_ISLNK(self.status.st_mode):
            return EntryType.SYMLINK
        return EntryType.FILE if stat.S_ISREG(self.status.st_mode) else None

    @property
    def link(self) -> bytes:
        """What a symlink says."""
        return os.readlink(self.name, dir_fd=self.folder)

    def as_entry(self) -> Entry | None:
        """As a manifest would have it, unread: without a hash."""
        kind = self.kind
        if kind is None:
            return None
        if kind is EntryType.SYMLINK:
            return entry_of(self.path, kind, self.status, link=self.link)
        size = self.status.st_size if kind is EntryType.FILE else 0
        return entry_of(self.path, kind, self.status, xattrs_of(beside(self.folder, self.name)), size=size)


def found_in(
    folder: int, path: bytes, omitted: Callable[[bytes, bytes], bool] = lambda _folder, _name: False
) -> Iterator[Found]:
    """Everything below an open directory, which the snapshot calls ``path`` (empty: it is the snapshot itself)."""
    key = folder_key(path) if path else b""
    others, folders = names_in(folder)
    for name in others:
        if (path or name != MANIFEST.encode()) and not omitted(path, name) and (one := _found(folder, path, key, name)):
            yield one
    for name in folders:
        if omitted(path, name) or not (one := _found(folder, path, key, name, folder=True)):
            continue
        yield one
        try:
            below = open_folder(name, folder)
        except FileNotFoundError:
            continue
        try:
            yield from found_in(below, one.path, omitted)
        finally:
            os.close(below)


def _found(within: int, path: bytes, key: bytes, name: bytes, *, folder: bool = False) -> Found | None:
    below = path + b"/" + name if path else name
    try:
        status = os.stat(name, dir_fd=within, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Found(folder_key(below) if folder else key_in(key, name), below, status, within, name)


def live_entries(root: int, name: str, omitted: Callable[[bytes, bytes], bool]) -> Iterator[Entry]:
    """A source as it is now; its own folder first."""
    path = name.encode()
    yield entry_of(path, EntryType.DIRECTORY, os.fstat(root), xattrs_of(root))
    for one in found_in(root, path, omitted):
        entry = one.as_entry()
        if entry is not None:
            yield entry
