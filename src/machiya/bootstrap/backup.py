"""Snapshots of one house: what is saved from where to where, one at a time, at low priority."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from machiya import __version__
from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.snapshots.checking import check
from machiya.adapters.snapshots.disk import SnapshotDisk
from machiya.adapters.snapshots.disk_errors import disk_errors
from machiya.adapters.snapshots.draft import DiskInUse
from machiya.adapters.snapshots.folders import open_root
from machiya.adapters.snapshots.marker import DiskMarker
from machiya.adapters.snapshots.native import at_low_priority
from machiya.adapters.snapshots.omitting import omits
from machiya.adapters.snapshots.reading import live_entries
from machiya.backup.diff import Change, differences
from machiya.backup.errors import BackupDiskFull, LastSnapshot
from machiya.backup.model import Entry, Header, Rota, SnapshotName, Totals
from machiya.backup.retention import Retention
from machiya.backup.run import Taken, in_order, take
from machiya.bootstrap.backup_guards import Stoppable, incomplete, require_clock
from machiya.bootstrap.backup_sources import sources_of
from machiya.core.progress import Progress
from machiya.settings import time_zone_here

if TYPE_CHECKING:
    from machiya.adapters.snapshots.snapshot import DiskSnapshot
    from machiya.backup.ports import Sources
    from machiya.backup.verify import Verified
    from machiya.bootstrap import House
    from machiya.bootstrap.restores import Restores

T = TypeVar("T")


class Backups:
    """Everything around the backup disk of a house."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self._settings = house.settings.backup

    @cached_property
    def disk(self) -> SnapshotDisk:
        """Where the snapshots are.

        Raises:
            BackupDiskMissing: it is not mounted.
        """
        self.marker.require_readable()
        return SnapshotDisk(self.root, self._house.clock.now)

    @property
    def root(self) -> Path:
        """``storage.backup``."""
        return self._house.settings.storage.backup

    @property
    def marker(self) -> DiskMarker:
        """Tells whether the right disk is there."""
        house = self._house
        storage = house.settings.storage
        memory, own = storage.fast / "backup-disks.json", (house.root, storage.fast, storage.bulk)
        return DiskMarker(self.root, house.settings.house.hostname, memory, write_atomically, own)

    @property
    def zone(self) -> ZoneInfo:
        """The house's: a schedule that says 01:30 and the name of the day that it makes mean the same clock."""
        return ZoneInfo(self._house.settings.jobs.timezone or time_zone_here())

    @property
    def today(self) -> date:
        """The day that a snapshot of now is named after."""
        return self._house.clock.now().astimezone(self.zone).date()

    @property
    def sources(self) -> "Sources":
        """What is saved, as the house is now."""
        return sources_of(self._house)

    @property
    def restores(self) -> "Restores":
        """Getting back."""
        from machiya.bootstrap.restores import Restores  # noqa: PLC0415 – it builds on this

        return Restores(self, self._house)

    def run(self, rota: Rota, progress: Progress) -> Totals:
        """Take today's snapshot of this rota; one that is there already stays.

        Raises:
            BackupIncomplete: it is there, but something could not be read.
            MachiyaError: as ``take``.
        """
        taken = self.take(rota, progress)
        if taken.totals.lost:
            raise incomplete(taken)
        return taken.totals

    def take(
        self,
        rota: Rota,
        progress: Progress,
        *,
        again: bool = False,
        new_disk: bool = False,
        accept_empty: bool = False,
        prune: bool = True,
    ) -> Taken:
        """As ``run``, and what is to be known of it.

        Args:
            rota: the row it belongs to.
            progress: hears of it.
            again: today's is there already and is replaced by one of now.
            new_disk: the disk has not been seen before, and that is right.
            accept_empty: a source that is empty now and was not is right.
            prune: then delete the snapshots that are too old.

        Raises:
            BackupDiskMissing, BackupDiskForeign, BackupDiskReadOnly, BackupDiskFull: nothing was written.
            SourceMissing, Unavailable: no snapshot was made; the older ones are as they were.
            ClockBehind: the clock is earlier than what is there.
            Conflict: another backup or restore runs.
            Cancelled: the next run goes on with it.
        """
        with self._house.lock("backup"):
            self.marker.require(new_disk=new_disk)
            name = SnapshotName(self.today, rota)
            there = next((one for one in self.disk.snapshots() if one.name == name), None)
            if not again:
                require_clock(self.disk, there, self._house.clock.now().astimezone(self.zone))
            if there is not None and not again:
                progress.line(f"{name} is there already, taken at {there.header.taken_at.astimezone(self.zone):%H:%M}")
                return Taken(name, there.totals, made=False)
            self._make_room()
            self._warn(progress)
            keep = (
                Retention(self._settings.keep_daily, self._settings.keep_weekly) if prune else Retention(10**6, 10**6)
            )
            stoppable = Stoppable(progress)
            return self.gently(lambda: self._take(name, keep, stoppable, accept_empty=accept_empty), stoppable.stop)

    def verify(self, snapshots: Sequence["DiskSnapshot"], progress: Progress) -> "Verified":
        """Read them back and compare every byte; several: what they share is read once."""
        stoppable = Stoppable(progress)
        return self.gently(lambda: check(snapshots, stoppable), stoppable.stop)

    def differences(self, before: "DiskSnapshot", after: "DiskSnapshot | None") -> Iterator[Change]:
        """Between two snapshots, or a snapshot and the house as it is (its dumped sources are left out then)."""
        if after is not None:
            yield from differences(before.entries(), after.entries())
            return
        names = {tree.name.encode() for tree in self.sources.trees}
        saved = (one for one in before.entries() if one.path.partition(b"/")[0] in names)
        yield from differences(saved, self._live(set(before.header.sources)))

    def forget(self, name: SnapshotName) -> None:
        """Delete one snapshot.

        Raises:
            SnapshotMissing: there is none.
            LastSnapshot: no other good one would be left.
        """
        with self._house.lock("backup"):
            self.disk.find(name)
            self.require_not_last(name)
            self.disk.delete(name)

    def require_not_last(self, name: SnapshotName) -> None:
        """Another good one is left without it.

        Raises:
            LastSnapshot: none is.
        """
        if self.disk.newest_good(but=name) is None:
            raise LastSnapshot(
                f"{name} is the last good snapshot and stays",
                hint="Take another one first: machiya backup run.",
            )

    def gently(self, work: Callable[[], T], stop: Callable[[], None] = lambda: None) -> T:
        """Do it at the priority of the settings."""
        return at_low_priority(work, stop, nice=self._settings.nice, io=self._settings.io_priority)

    def _make_room(self) -> None:
        """Before anything is written, and from what interrupted runs left before a person is asked."""
        now, least = self._house.clock.now(), self._settings.minimum_free
        with disk_errors(self.root), self.disk.opened() as root:
            self.disk.clear(root, now)
            try:
                self.marker.require_room(least)
            except BackupDiskFull:
                self.disk.clear(root, now, drafts=True)
                self.marker.require_room(least)

    def _take(self, name: SnapshotName, keep: Retention, progress: Progress, *, accept_empty: bool) -> Taken:
        now, sources = self._house.clock.now(), self.sources
        omitted = (*sources.omitted, *(one for tree in sources.trees for one in tree.omitted))
        header = Header(
            snapshot=name,
            house=self._house.settings.house.hostname,
            taken_at=now,
            sources=tuple(one.name for one in in_order(sources)),
            omitted=omitted,
            program=__version__,
        )
        with self.disk.opened() as root:
            used = DiskInUse(self.disk, root, progress, now, accept_empty=accept_empty)
            with used.open:
                return take(used, sources, header, keep, progress)

    def _live(self, saved: set[str]) -> Iterator[Entry]:
        for tree in sorted(self.sources.trees, key=lambda one: one.name):
            if tree.name in saved and tree.root.is_dir():
                with ExitStack() as opened:
                    root = open_root(tree.root)
                    opened.callback(os.close, root)
                    yield from live_entries(root, tree.name, omits(tree.name, tree.omitted))

    def _warn(self, progress: Progress) -> None:
        """Clocks that were ahead; a backup on the disk that it is one of (the default of the embedded house)."""
        for one in self.disk.ahead():
            progress.line(f"warning: {one.name} was taken later than now, by a clock that was ahead; it does not count")
        storage = self._house.settings.storage
        shared = self.marker.shares_device_with((storage.fast, storage.bulk))
        if self._house.in_containers and shared is not None:
            progress.line(f"warning: {self.root} is on the same disk as {shared}; name a second one in storage.backup")
