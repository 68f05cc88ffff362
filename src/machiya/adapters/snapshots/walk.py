"""The walk through one tree: each directory, what is in it, then the directories below, as a manifest has them."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace

from machiya.adapters.snapshots.attributes import entry_of, give_attributes, make_symlink
from machiya.adapters.snapshots.copier import TreeCopy
from machiya.adapters.snapshots.copying import (
    Place,
    Saved,
    copy,
    link,
    link_earlier,
    link_from_new,
    take_in,
    unchanged,
)
from machiya.adapters.snapshots.disk_errors import FULL, OfTheDisk
from machiya.adapters.snapshots.folders import Name, names_in, open_folder, open_for_change, remove
from machiya.adapters.snapshots.native import xattrs_of
from machiya.adapters.snapshots.omitting import Omits
from machiya.backup.manifest import Line
from machiya.backup.model import Entry, EntryType
from machiya.backup.order import folder_key, key_in, message_name

DEEPEST = 150
_OF_THE_DISK = FULL | {errno.EROFS, errno.EMFILE, errno.ENFILE}


def copy_tree(copier: TreeCopy, place: Place, *, maildirs: bool, omits: Omits, dumped: bool = False) -> None:
    """Everything in ``place``, whose directories are open, and ``place`` itself."""
    _Tree(copier, maildirs, omits, take_in if dumped else copy).folder(place)


@dataclass(frozen=True, slots=True)
class _Tree:
    copier: TreeCopy
    maildirs: bool
    omits: Omits
    bring: Callable[..., Saved]

    def folder(self, place: Place) -> None:
        """Its entry, what is in it, the directories below, and last its time and mode."""
        entry = entry_of(place.path, EntryType.DIRECTORY, os.fstat(place.source), xattrs_of(place.source))
        others, folders = names_in(place.source)
        others = [name for name in others if not self.omits(place.path, name)]
        folders = [name for name in folders if not self.omits(place.path, name)]
        if self.copier.resumed is not None:
            _sweep(place.target, set(others), set(folders))
        try:
            self._filled(place, entry, others, folders)
        except OSError as error:
            raise OfTheDisk(error) from error

    def _filled(self, place: Place, entry: Entry, others: list[bytes], folders: list[bytes]) -> None:
        self.copier.writer.add(entry)
        key = folder_key(place.path)
        for name in others:
            self._guarded(self._other, place, name, key)
        for name in folders:
            self._guarded(self._below, place, name, key)
        if not give_attributes(place.target, entry, ours=True):
            self.copier.tally.unowned()

    def _guarded(self, step: Callable[[Place, bytes, bytes], None], place: Place, name: bytes, key: bytes) -> None:
        """What vanishes is left out; what cannot be read is noted, and the rest goes on. A dump has to come in."""
        try:
            self._twice(step, place, name, key)
        except FileNotFoundError as error:
            if self._dumping or _stat_if_there(name, place.source) is not None:
                raise OfTheDisk(error) from error
            remove(name, place.target)
        except OSError as error:
            if (
                self._dumping
                or error.errno in _OF_THE_DISK
                or (error.errno == errno.EIO and _is_whole(place.source, name))
            ):
                raise OfTheDisk(error) from error
            remove(name, place.target)
            self.copier.tally.note(_joined(place, name), f"not saved: {error.strerror}", lost=True)

    def _twice(self, step: Callable[[Place, bytes, bytes], None], place: Place, name: bytes, key: bytes) -> None:
        """What vanished may be there again, replaced by a program that deletes first; the backup disk is not."""
        try:
            step(place, name, key)
        except FileNotFoundError:
            remove(name, place.target)
            step(place, name, key)

    def _below(self, place: Place, name: bytes, _key: bytes) -> None:
        source = open_folder(name, place.source)
        try:
            origin = os.fstat(source)
            if (origin.st_dev, origin.st_ino) == self.copier.disk:
                self.copier.tally.note(_joined(place, name), "not saved: it is the backup disk itself")
            elif place.depth >= DEEPEST:
                self.copier.tally.note(_joined(place, name), f"not saved: deeper than {DEEPEST} folders", lost=True)
            else:
                self._enter(place, name, source)
        finally:
            os.close(source)

    def _enter(self, place: Place, name: bytes, source: int) -> None:
        target = make_folder(name, place.target)
        try:
            earlier = open_if_there(name, place.earlier)
            try:
                self.folder(Place(_joined(place, name), source, target, earlier, place.depth + 1))
            finally:
                if earlier >= 0:
                    os.close(earlier)
        finally:
            os.close(target)

    def _other(self, place: Place, name: bytes, key: bytes) -> None:
        now = os.stat(name, dir_fd=place.source, follow_symlinks=False)
        if stat.S_ISLNK(now.st_mode):
            self._symlink(place, name, now)
        elif not stat.S_ISREG(now.st_mode):
            self.copier.tally.skipped()
        elif now.st_nlink > 1 and (first := self.copier.first_name(now)) is not None:
            self._hard_link(place, name, now, first, key)
        else:
            self._file(place, name, now, key)

    def _symlink(self, place: Place, name: bytes, now: os.stat_result) -> None:
        link = os.readlink(name, dir_fd=place.source)
        entry = entry_of(_joined(place, name), EntryType.SYMLINK, now, link=link)
        if self.copier.resumed is not None:
            remove(name, place.target)
        make_symlink(name, place.target, entry)
        self.copier.writer.add(entry)
        self.copier.tally.saved(0)

    def _hard_link(self, place: Place, name: bytes, now: os.stat_result, first: bytes, key: bytes) -> None:
        if self.copier.resumed is not None:
            remove(name, place.target)
        if not link(first, self.copier.root, place.target, name):
            self._file(place, name, now, key)
            return
        self.copier.writer.add(entry_of(_joined(place, name), EntryType.HARD_LINK, now, link=first))
        self.copier.tally.saved(0)

    def _file(self, place: Place, name: bytes, now: os.stat_result, key: bytes) -> None:
        path = _joined(place, name)
        saved = self._kept(place, name, now, key, path) or self._brought(place, name, now, key, path)
        if saved.line is not None:
            self.copier.writer.repeat(saved.line)
        else:
            self.copier.writer.add(saved.entry, new=saved.new)
        self.copier.tally.saved(saved.entry.size)
        if now.st_nlink > 1 and not self._dumping:
            self.copier.remember_name(now, path)
        if not saved.steady:
            self.copier.tally.note(path, "changed while it was read: saved as one reading found it")
        if not saved.attributes:
            self.copier.tally.unowned()
        if saved.new:
            self.copier.saved(saved.entry.size)

    @property
    def _dumping(self) -> bool:
        return self.bring is take_in

    def _kept(self, place: Place, name: bytes, now: os.stat_result, key: bytes, path: bytes) -> Saved | None:
        """It is in the draft already, since the run that was interrupted brought it."""
        resumed = self.copier.resumed
        if resumed is None or self._dumping:
            return None
        line = resumed.at(key_in(key, self._wanted(place, name)))
        entry = line.entry if line is not None else None
        if entry is None or entry.path != path or not resumed.trusts(entry) or not unchanged(entry, now, place, name):
            return None
        there = _stat_if_there(name, place.target)
        if there is None or (there.st_size, there.st_mtime_ns) != (entry.size, entry.mtime_ns):
            return None
        return Saved(entry, new=there.st_nlink == 1)

    def _brought(self, place: Place, name: bytes, now: os.stat_result, key: bytes, path: bytes) -> Saved:
        known = self.copier.earlier
        line = known.at(key_in(key, self._wanted(place, name)))
        if line is not None and line.entry.path != path:
            line = Line(line.entry) if self.maildirs else None
        entry = line.entry if line is not None else None
        if entry is not None and not self._dumping and known.trusts(entry) and unchanged(entry, now, place, name):
            if link_earlier(entry, place, name):
                if entry.path == path:
                    return Saved(entry, new=False, line=line)
                return Saved(replace(entry, path=path), new=False)
            entry = None
        if entry is None and self.maildirs and (moved := link_from_new(name, place, path, now)) is not None:
            return moved
        return self.bring(name, place, path, entry, self.copier.tally.read)

    def _wanted(self, place: Place, name: bytes) -> bytes:
        return message_name(place.path, name)


def make_folder(name: Name, within: int) -> int:
    """A new directory in the draft, or the one that an interrupted run made."""
    try:
        os.mkdir(name, 0o700, dir_fd=within)
    except FileExistsError:
        return open_for_change(name, within)
    return open_folder(name, within)


def open_if_there(name: Name, within: int) -> int:
    """A descriptor, or -1."""
    if within < 0:
        return -1
    try:
        return open_folder(name, within)
    except OSError:
        return -1


def _sweep(target: int, others: set[bytes], folders: set[bytes]) -> None:
    """What the interrupted run saved and is not in the source any more."""
    had, had_folders = names_in(target)
    for name in (*(one for one in had if one not in others), *(one for one in had_folders if one not in folders)):
        remove(name, target)


def _joined(place: Place, name: bytes) -> bytes:
    return place.path + b"/" + name


def _stat_if_there(name: bytes, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is_whole(folder: int, name: bytes) -> bool:
    """Whether the source can be read, so that it is the backup disk that failed."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return False
    try:
        while os.read(descriptor, 1 << 20):
            pass
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
