"""The backup disk: finished snapshots by name, drafts in the making, and what an interrupted run left."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from machiya.adapters.snapshots.disk_errors import disk_errors
from machiya.adapters.snapshots.folders import open_folder, open_root, remove
from machiya.adapters.snapshots.manifest_file import MANIFEST
from machiya.adapters.snapshots.native import exchange
from machiya.adapters.snapshots.snapshot import DiskSnapshot
from machiya.backup.errors import SnapshotMissing
from machiya.backup.manifest import ManifestDamaged
from machiya.backup.model import AHEAD, Rota, SnapshotName
from machiya.core.errors import InvalidInput

PARTIAL, DELETING = ".partial-", ".deleting-"
RESUMED_FOR = timedelta(days=1)


class SnapshotDisk:
    """Snapshots below ``root``: ``daily/2026-11-29``, ``weekly/2026-11-29``.

    Args:
        root: ``storage.backup``.
        now: the time, which tells what a clock that was ahead has made.
    """

    def __init__(self, root: Path, now: Callable[[], datetime] = lambda: datetime.now(tz=UTC)) -> None:
        self.root, self._now = root, now

    def snapshots(self) -> tuple[DiskSnapshot, ...]:
        """Finished ones, newest first: by day, and on one day the daily one first."""
        found = (DiskSnapshot(name, self.root / str(name)) for rota in Rota for name in self._names(rota))
        return tuple(sorted(found, key=lambda one: (one.name.day, one.name.rota is Rota.DAILY), reverse=True))

    def names(self) -> tuple[SnapshotName, ...]:
        """Of the finished ones, newest first."""
        return tuple(one.name for one in self.snapshots())

    def find(self, name: SnapshotName) -> DiskSnapshot:
        """The snapshot of this name.

        Raises:
            SnapshotMissing: there is none.
        """
        for one in self.snapshots():
            if one.name == name:
                return one
        raise SnapshotMissing(f"there is no snapshot {name}", hint="machiya backup list shows all.")

    def newest(
        self, rota: Rota | None = None, *, but: SnapshotName | None = None, whole: bool = False
    ) -> DiskSnapshot | None:
        """The newest good one, of one rota or of both: its manifest is whole, and it is not ``ahead``.

        ``whole``: the newest of those in which nothing is missing.
        """
        now = self._now() + AHEAD
        found = [(taken_at, one) for one in self.snapshots() if (taken_at := _taken_at(one)) and taken_at <= now]
        found.sort(key=lambda pair: pair[0], reverse=True)
        good = (one for _, one in found if rota in {None, one.name.rota} and one.name != but and _is_whole(one))
        return next((one for one in good if not whole or not one.totals.lost), None)

    def newest_good(self, *, but: SnapshotName | None = None) -> DiskSnapshot | None:
        """As ``newest``."""
        return self.newest(but=but)

    def ahead(self) -> tuple[DiskSnapshot, ...]:
        """Those that were taken later than now, newest first: by a clock that was ahead, or this one is behind."""
        now = self._now() + AHEAD
        return tuple(one for one in self.snapshots() if (taken_at := _taken_at(one)) and taken_at > now)

    def delete(self, name: SnapshotName) -> None:
        """For good; out of sight first, so that nobody meets half of it.

        Raises:
            SnapshotMissing: there is none.
            BackupDiskFailed: the disk refused; the rest goes with the next run.
        """
        self.find(name)
        with disk_errors(self.root), self.opened() as root:
            doomed = f"{DELETING}{name.rota}-{name.day}"
            remove(doomed, root)
            os.rename(str(name), doomed, src_dir_fd=root, dst_dir_fd=root)
            os.fsync(root)
            remove(doomed, root)

    def publish(self, name: SnapshotName, root: int) -> None:
        """The draft gets its name, durably; one that had it before goes. The disk was synced."""
        draft, final = draft_name(name), str(name)
        with suppress(FileExistsError):
            os.mkdir(name.rota, 0o700, dir_fd=root)
        if (self.root / final).is_dir():
            self._replace(draft, name, root)
        else:
            os.rename(draft, final, src_dir_fd=root, dst_dir_fd=root)
        rota = open_folder(str(name.rota), root)
        try:
            os.fsync(rota)
        finally:
            os.close(rota)
        os.fsync(root)

    def clear(self, root: int, now: datetime, *, drafts: bool = False) -> None:
        """What interrupted runs left: half deleted snapshots, and drafts too old to go on with (``drafts``: all)."""
        for left in sorted(self._left(root)):
            if drafts or left.startswith(DELETING) or not _is_young(root, left, now):
                remove(left, root)

    def take_up(self, root: int, name: SnapshotName) -> bool:
        """Let the newest draft that is left be the one for ``name``, and remove the others; whether there is one."""
        drafts = [left for left in self._left(root) if left.startswith(PARTIAL)]
        drafts.sort(key=lambda one: os.stat(one, dir_fd=root, follow_symlinks=False).st_mtime_ns)
        if not drafts:
            return False
        newest = drafts.pop()
        for left in drafts:
            remove(left, root)
        os.rename(newest, draft_name(name), src_dir_fd=root, dst_dir_fd=root)
        return True

    @contextmanager
    def opened(self) -> Iterator[int]:
        """A descriptor of its folder: what goes through it stays on this disk even if it is unmounted meanwhile."""
        descriptor = open_root(self.root)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _replace(self, draft: str, name: SnapshotName, root: int) -> None:
        doomed = f"{DELETING}{name.rota}-{name.day}"
        remove(doomed, root)
        if exchange(root, draft, str(name)):
            os.rename(draft, doomed, src_dir_fd=root, dst_dir_fd=root)
        else:
            os.rename(str(name), doomed, src_dir_fd=root, dst_dir_fd=root)
            os.rename(draft, str(name), src_dir_fd=root, dst_dir_fd=root)
        remove(doomed, root)

    def _names(self, rota: Rota) -> Iterator[SnapshotName]:
        with disk_errors(self.root):
            try:
                found = [one.name for one in (self.root / rota).iterdir()]
            except FileNotFoundError:
                return
        for one in found:
            with suppress(InvalidInput):
                if (self.root / rota / one / MANIFEST).is_file():
                    yield SnapshotName.parse(f"{rota}/{one}")

    def _left(self, root: int) -> list[str]:
        with os.scandir(root) as found:
            return [one.name for one in found if one.name.startswith((PARTIAL, DELETING))]


def draft_name(name: SnapshotName) -> str:
    """The folder of a snapshot in the making."""
    return f"{PARTIAL}{name.rota}-{name.day.isoformat()}"


def _is_young(root: int, left: str, now: datetime) -> bool:
    changed = os.stat(left, dir_fd=root, follow_symlinks=False).st_mtime
    return abs(now.timestamp() - changed) < RESUMED_FOR.total_seconds()


def _taken_at(snapshot: DiskSnapshot) -> datetime | None:
    """None: its manifest does not even begin well."""
    try:
        return snapshot.header.taken_at
    except ManifestDamaged:
        return None


def _is_whole(snapshot: DiskSnapshot) -> bool:
    try:
        return snapshot.totals.entries >= 0
    except ManifestDamaged:
        return False
