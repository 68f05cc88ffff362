"""Brings entries of a snapshot back into a folder; from descriptor to descriptor, so that no symlink leads away."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

from machiya.adapters.snapshots.comparing import is_same, is_same_link, seems_same, stat_in
from machiya.adapters.snapshots.disk_errors import FULL
from machiya.adapters.snapshots.folders import open_folder
from machiya.adapters.snapshots.levels import Level, folder_step, lost
from machiya.adapters.snapshots.messages import PARTS
from machiya.adapters.snapshots.placing import OUT_OF_HANDLES
from machiya.adapters.snapshots.putting import Place, Putting, below
from machiya.backup.errors import RestoreFailed
from machiya.backup.manifest import damaged
from machiya.backup.model import Entry, EntryType, SnapshotName
from machiya.backup.restore import Done, Lacking, Selection, Step

_FATAL = FULL | OUT_OF_HANDLES | {errno.EROFS, errno.EIO}


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


class Restoring:
    """One restore.

    Args:
        source: descriptor of the snapshot's folder (or of the source in it, with ``manner.base``; -1: the snapshot
            has lost it); closed by us.
        target: descriptor of the folder that it goes to (-1: none yet, only looked at); closed by us.
        tell: hears the bytes that were written.
    """

    def __init__(
        self, name: SnapshotName, source: int, target: int, manner: Manner, tell: Callable[[int], None]
    ) -> None:
        self._name, self._manner = name, manner
        self._levels = [Level(manner.base, source, target)]
        self._putting = Putting(name, target, manner.base, tell, only_look=manner.only_look)

    @property
    def lacking(self) -> Lacking:
        """What came back without its owner or all of its attributes, so far."""
        return self._putting.lacking

    def run(self, entries: Iterable[Entry], selection: Selection) -> Iterator[Done]:
        """Each wanted entry, in order, done.

        Raises:
            SnapshotMissing: at the end: a path of the selection was not met.
            RestoreFailed: the disk does not go on.
        """
        base = self._manner.base
        missed = {one for one in selection.paths if below(one, base) is not None}
        try:
            for entry in entries:
                missed.discard(entry.path)
                if base and entry.path == base:
                    yield from self._base(entry)
                elif below(entry.path, base) and (selection.takes(entry) or selection.leads(entry)):
                    yield from self._step(entry)
            self._leave_to(base)
            self._levels[0].finish(self.lacking, only_look=self._manner.only_look)
        finally:
            for level in self._levels:
                level.close()
        selection.require_met(self._name, missed)

    def _base(self, entry: Entry) -> Iterator[Done]:
        """The folder of the source itself is told of only where there is something to tell."""
        level = self._levels[0]
        step = self._folder_step(level, entry)
        if level.source < 0:
            yield lost(entry)
        elif step is not Step.SAME:
            yield Done(step, entry, entry.path)

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
            try:
                level.finish(self.lacking, only_look=self._manner.only_look)
            finally:
                level.close()

    def _folder_step(self, level: Level, entry: Entry) -> Step:
        return folder_step(level, entry, replace=self._manner.replace, only_look=self._manner.only_look)

    def _enter(self, level: Level, entry: Entry, name: bytes) -> Done:
        inner = Level(entry.path, _saved_folder(level, name), -1, blocked=True)
        self._levels.append(inner)
        try:
            inner.target = open_folder(name, level.target) if level.target >= 0 else -1
        except FileNotFoundError:
            if inner.source >= 0 and not self._manner.only_look:
                inner.make(name, level.target)
        except OSError as error:
            return Done(Step.BLOCKED, entry, entry.path, f"something else is there: {error.strerror}")
        step = self._folder_step(inner, entry) if inner.source >= 0 else Step.DAMAGED
        inner.blocked = False
        return lost(entry) if step is Step.DAMAGED else Done(step, entry, entry.path)

    def _bring(self, level: Level, entry: Entry, name: bytes) -> Done:
        saved = _saved(level, name)
        if saved is not None and entry.type is EntryType.HARD_LINK:
            entry = replace(entry, size=saved.st_size)
        with ExitStack() as opened:
            place = self._place(level, name, opened)
            there = stat_in(place.folder, place.name)
            if there is not None and self._same(entry, there, place):
                return Done(Step.SAME, entry, entry.path)
            if saved is None or self._putting.is_of_damaged(entry):
                self._putting.damaged.add(entry.path)
                return lost(entry)
            if there is None:
                return self._putting.put(Step.MAKE, level, entry, name, place)
            if stat.S_ISDIR(there.st_mode):
                return Done(Step.BLOCKED, entry, entry.path, "a folder is there")
            if self._manner.replace:
                return self._putting.put(Step.REPLACE, level, entry, name, place)
        return self._putting.put_beside(level, entry, name)

    def _place(self, level: Level, name: bytes, opened: ExitStack) -> Place:
        """Its own, or where the message is by now: it has another name for each of its flags, and leaves ``new``."""
        own = Place(level.target, level.path, name)
        above, _, part = level.path.rpartition(b"/")
        if not self._manner.base or part not in PARTS or len(self._levels) == 1:
            return own
        mail_folder = self._levels[-2]
        if stat_in(level.target, name) is not None or (found := mail_folder.messages.find(part, name)) is None:
            return own
        if found[0] == part:
            return own.named(found[1])
        folder = open_folder(found[0], mail_folder.target)
        opened.callback(os.close, folder)
        return Place(folder, above + b"/" + found[0], found[1])

    def _same(self, entry: Entry, there: os.stat_result, place: Place) -> bool:
        if not self._manner.replace:
            return seems_same(entry, there, place.folder, place.name)
        if entry.type is EntryType.HARD_LINK:
            linked = is_same_link(entry, there, self._levels[0].target, below(entry.link, self._manner.base))
            return linked if linked is not None else seems_same(entry, there, place.folder, place.name)
        return is_same(entry, there, place.folder, place.name)


def _saved_folder(level: Level, name: bytes) -> int:
    """The folder in the snapshot; -1: it is not there, or cannot be read."""
    if level.source < 0:
        return -1
    try:
        return open_folder(name, level.source)
    except OSError as error:
        if error.errno in OUT_OF_HANDLES:
            raise
        return -1


def _saved(level: Level, name: bytes) -> os.stat_result | None:
    """What the snapshot has of it; None: nothing that can be read."""
    try:
        return stat_in(level.source, name)
    except OSError:
        return None
