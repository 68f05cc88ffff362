"""What a run of a backup looks at besides the disk: the clock, whether it was stopped, whether all was saved."""

from datetime import datetime

from machiya.adapters.snapshots.disk import SnapshotDisk
from machiya.adapters.snapshots.snapshot import DiskSnapshot
from machiya.backup.errors import BackupIncomplete, ClockBehind
from machiya.backup.run import Taken
from machiya.core.progress import SILENT, Cancelled, Progress

_NAMED = 3


def require_clock(disk: SnapshotDisk, there: DiskSnapshot | None, now: datetime) -> None:
    """One snapshot from the future among others is that of a clock that was ahead once; else this one is behind.

    Args:
        disk: where snapshots are.
        there: the one that has the name of today already.
        now: in the zone of the house.

    Raises:
        ClockBehind: it is.
    """
    ahead = disk.ahead()
    if not ahead or (there is None and len(ahead) < len(disk.snapshots())):
        return
    latest = ahead[0]
    raise ClockBehind(
        f"{latest.name} was taken at {latest.header.taken_at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}, and the clock of "
        f"this machine says {now:%Y-%m-%d %H:%M}",
        hint="Set the clock. If it is right, it was ahead then: "
        f"machiya backup run --again, then machiya backup forget {latest.name}.",
    )


def incomplete(taken: Taken) -> BackupIncomplete:
    """Names the first that could not be saved, and how many there are."""
    first = "; ".join(map(str, taken.lost[:_NAMED])) or "see the run that took it"
    return BackupIncomplete(
        f"{taken.name} is there, but {taken.totals.lost} files or folders could not be saved: {first}",
        hint="Look at the disk they are on, then machiya backup run --again. Until then no old snapshot is deleted.",
    )


class Stoppable:
    """Passes on to another progress; ends the work at its next step once it was stopped."""

    def __init__(self, progress: Progress = SILENT) -> None:
        self._progress, self._stopped = progress, False

    def stop(self) -> None:
        """At the next step."""
        self._stopped = True

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        """Where the work is."""
        if self._stopped:
            raise Cancelled("stopped", hint="What was done so far is kept; the same command goes on with it.")
        self._progress.step(name, done, total, unit=unit)

    def line(self, text: str) -> None:
        """A line of its log."""
        self._progress.line(text)
