"""The folders on the way down of a restore: what each is to be given once everything is in it."""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from machiya.adapters.snapshots.attributes import give_attributes
from machiya.adapters.snapshots.comparing import is_same_folder
from machiya.adapters.snapshots.folders import names_in, open_folder
from machiya.adapters.snapshots.messages import Messages
from machiya.adapters.snapshots.placing import UNFINISHED
from machiya.backup.model import Entry
from machiya.backup.restore import Done, Lacking, Step

UNFINISHED_FOLDER = stat.S_ISVTX | stat.S_IRWXU
"""The mode of a folder that a restore has made and not finished; by it the next one knows it, whatever happened."""


@dataclass
class Level:
    """An open folder.

    Args:
        path: in the snapshot.
        source: descriptor in the snapshot; -1: it has lost it.
        target: descriptor of the folder that is restored; -1: there is none.
        gets: what it is given when it is left, if it is not as it was.
        keeps_time: but not its time: something is in it that came later.
        made: by us.
        blocked: something else is there; what is below is not looked at.
    """

    path: bytes
    source: int
    target: int
    gets: Entry | None = None
    keeps_time: bool = False
    made: bool = False
    blocked: bool = False

    @cached_property
    def messages(self) -> Messages:
        """If it is a mail folder, its messages, as they were before the first came back."""
        return Messages(self.target)

    def make(self, name: bytes, within: int) -> None:
        """Make it, for nobody but us until it is finished."""
        os.mkdir(name, UNFINISHED_FOLDER, dir_fd=within)
        self.target, self.made = open_folder(name, within), True

    def finish(self, lacking: Lacking, *, only_look: bool) -> None:
        """Everything is in it; what a restore that was killed left half written is not to stay."""
        if only_look or self.target < 0:
            return
        if not self.made:
            with suppress(OSError):
                for name in filter(lambda one: one.startswith(UNFINISHED), names_in(self.target)[0]):
                    os.unlink(name, dir_fd=self.target)
        if self.gets is None:
            return
        entry = replace(self.gets, mtime_ns=os.fstat(self.target).st_mtime_ns) if self.keeps_time else self.gets
        try:
            given = give_attributes(self.target, entry)
        except OSError:
            given = False
        if not given:
            lacking.add(self.path)

    def close(self) -> None:
        """Let go of it."""
        for descriptor in (self.source, self.target):
            if descriptor >= 0:
                os.close(descriptor)


def folder_step(level: Level, entry: Entry, *, replace: bool, only_look: bool) -> Step:
    """What is done with this folder; ``level`` notes what it has to get."""
    if level.target < 0:
        return Step.MAKE
    unfinished = level.made or stat.S_IMODE(os.fstat(level.target).st_mode) == UNFINISHED_FOLDER
    if not unfinished and not (replace and not is_same_folder(entry, level.target)):
        return Step.SAME
    if not only_look:
        level.gets, level.keeps_time = entry, not unfinished
    return Step.MAKE if unfinished else Step.REPLACE


def lost(entry: Entry) -> Done:
    """The snapshot has it no more."""
    return Done(Step.DAMAGED, entry, entry.path, "it is missing in the snapshot, or cannot be read")
