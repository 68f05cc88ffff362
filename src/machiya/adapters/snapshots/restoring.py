"""Brings entries of a snapshot back into a folder; from descriptor to descriptor, so that no symlink leads away."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from machiya.adapters.snapshots.attributes import give_attributes
from machiya.adapters.snapshots.disk_errors import FULL
from machiya.adapters.snapshots.folders import open_folder
from machiya.adapters.snapshots.placing import Damaged, link_to_first, place_file, place_symlink
from machiya.backup.errors import RestoreFailed
from machiya.backup.manifest import damaged
from machiya.backup.model import Entry, EntryType, SnapshotName
from machiya.backup.restore import Done, Selection, Step, beside_name

_FATAL = FULL | {errno.EROFS, errno.EIO, errno.EMFILE}


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is done.

    Args:
        base: the source (``mail``) whose folder the target is; empty: the target gets a folder for each source.
        replace: another file in a place is replaced; else the restored one goes beside it.
        only_look: change nothing, tell what would be done.
    """

    base: bytes = b""
    replace: bool = False
    only_look: bool = False


@dataclass(slots=True)
class _Level:
    """A folder on the way down; ``target`` is -1 where there is none yet (only looked at), or something else is."""

    path: bytes
    source: int
    target: int
    made: Entry | None = None
    blocked: bool = False


class Restoring:
    """One restore.

    Args:
        source: descriptor of the snapshot's folder (or of the source in it, with ``manner.base``); closed by us.
        target: descriptor of the folder that it goes to; closed by us.
        tell: hears the bytes that were written.
    """

    def __init__(
        self, name: SnapshotName, source: int, target: int, manner: Manner, tell: Callable[[int], None]
    ) -> None:
        self._name, self._manner, self._tell = name, manner, tell
        self._levels = [_Level(manner.base, source, target)]

    def run(self, entries: Iterable[Entry], selection: Selection) -> Iterator[Done]:
        """Each wanted entry, in order, done.

        Raises:
            SnapshotMissing: at the end: a path of the selection was not met.
            RestoreFailed: the disk does not go on.
        """
        missed = {one for one in selection.paths if _below(one, self._manner.base) is not None}
        try:
            for entry in entries:
                missed.discard(entry.path)
                if _below(entry.path, self._manner.base) and (selection.takes(entry) or selection.leads(entry)):
                    yield from self._step(entry)
            self._leave_to(self._manner.base)
        finally:
            for level in self._levels:
                _close(level)
        selection.require_met(self._name, missed)

    def _step(self, entry: Entry) -> Iterator[Done]:
        parent, _, octets = entry.path.rpartition(b"/")
        if self._levels[-1].blocked and entry.path.startswith(self._levels[-1].path + b"/"):
            return
        self._leave_to(parent)
        level = self._levels[-1]
        try:
            if entry.type is EntryType.DIRECTORY:
                yield self._enter(level, entry, octets)
            else:
                yield self._bring(level, entry, octets)
        except OSError as error:
            if error.errno in _FATAL:
                raise RestoreFailed(
                    f"the restore stopped: {error.strerror}",
                    hint="What was restored so far is whole. Make room and run the same command again; it goes on.",
                ) from error
            yield Done(Step.BLOCKED, entry, entry.path, str(error.strerror))

    def _leave_to(self, path: bytes) -> None:
        """Close the folders that are done; those we made get their time and mode last."""
        while self._levels[-1].path != path:
            if len(self._levels) == 1:
                raise damaged()  # entries are not in the order of a manifest
            level = self._levels.pop()
            if level.made is not None and level.target >= 0:
                with suppress(OSError):
                    give_attributes(level.target, level.made)
            _close(level)

    def _enter(self, level: _Level, entry: Entry, name: bytes) -> Done:
        source = open_folder(name, level.source)
        below = _Level(entry.path, source, -1)
        self._levels.append(below)
        if level.target < 0:
            return Done(Step.MAKE, entry, entry.path)
        try:
            below.target = open_folder(name, level.target)
        except FileNotFoundError:
            if not self._manner.only_look:
                os.mkdir(name, 0o700, dir_fd=level.target)
                below.target, below.made = open_folder(name, level.target), entry
            return Done(Step.MAKE, entry, entry.path)
        except OSError as error:
            below.blocked = True
            return Done(Step.BLOCKED, entry, entry.path, f"something else is there: {error.strerror}")
        return Done(Step.SAME, entry, entry.path)

    def _bring(self, level: _Level, entry: Entry, name: bytes) -> Done:
        original = os.stat(name, dir_fd=level.source, follow_symlinks=False)
        entry = replace(entry, size=original.st_size) if entry.type is EntryType.HARD_LINK else entry
        there = _stat(level.target, name)
        if there is None:
            return self._put(Step.MAKE, level, entry, name, name)
        if _is_same(entry, there, level.target, name):
            return Done(Step.SAME, entry, entry.path)
        if stat.S_ISDIR(there.st_mode):
            return Done(Step.BLOCKED, entry, entry.path, "a folder is there")
        if self._manner.replace:
            return self._put(Step.REPLACE, level, entry, name, name)
        beside = beside_name(name, self._name)
        other = _stat(level.target, beside)
        if other is None:
            return self._put(Step.BESIDE, level, entry, name, beside)
        same = _is_same(entry, other, level.target, beside)
        return Done(Step.SAME if same else Step.BLOCKED, entry, entry.path, "" if same else "something else is there")

    def _put(self, step: Step, level: _Level, entry: Entry, name: bytes, final: bytes) -> Done:
        done = Done(step, entry, entry.path.rpartition(b"/")[0] + b"/" + final)
        if self._manner.only_look:
            return done
        over = step is Step.REPLACE
        try:
            if entry.type is EntryType.SYMLINK:
                place_symlink(level.target, entry, final, over=over)
            elif entry.type is not EntryType.HARD_LINK or not self._linked(level, entry, final, over=over):
                place_file(level.source, name, level.target, final, entry, self._tell, over=over)
        except Damaged:
            return Done(Step.DAMAGED, entry, entry.path, "its content in the snapshot is not what was saved")
        except FileExistsError:
            return Done(Step.BLOCKED, entry, entry.path, "something came there meanwhile")
        return done

    def _linked(self, level: _Level, entry: Entry, final: bytes, *, over: bool) -> bool:
        """Another name of a file that was restored before is that file again."""
        first = _below(entry.link, self._manner.base)
        return first is not None and link_to_first(self._levels[0].target, first, level.target, final, entry, over=over)


def _below(path: bytes, base: bytes) -> bytes | None:
    """The path below ``base``; None if it is not there."""
    if not base:
        return path
    return path[len(base) + 1 :] if path.startswith(base + b"/") else None


def _stat(folder: int, name: bytes) -> os.stat_result | None:
    if folder < 0:
        return None
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is_same(entry: Entry, there: os.stat_result, folder: int, name: bytes) -> bool:
    if entry.type is EntryType.SYMLINK:
        return stat.S_ISLNK(there.st_mode) and os.readlink(name, dir_fd=folder) == entry.link
    return stat.S_ISREG(there.st_mode) and (there.st_size, there.st_mtime_ns) == (entry.size, entry.mtime_ns)


def _close(level: _Level) -> None:
    for descriptor in (level.source, level.target):
        if descriptor >= 0:
            os.close(descriptor)
