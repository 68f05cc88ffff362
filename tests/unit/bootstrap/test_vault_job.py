"""What goes into the vault at night, and that no lock runs out while there is nothing to put there."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fakes.jobs import FakeJobBook
from fakes.moving_clock import MovingClock
from machiya.backup.model import Rota, SnapshotName
from machiya.backup.vault.model import ManifestRecord, ObjectVersion
from machiya.bootstrap import House
from machiya.bootstrap.jobs import BackupTooOld, works_of
from machiya.bootstrap.vault_job import LastBackupFailed
from machiya.core.errors import Unavailable
from machiya.core.progress import SILENT, Cancelled
from machiya.jobs.model import SCHEDULE, JobKind, Order, RunState

DAILY, WEEKLY = JobKind.BACKUP_DAILY, JobKind.BACKUP_WEEKLY
SUNDAY = datetime(2026, 11, 29, 4, tzinfo=UTC)


def snapshot(day: int, rota: Rota = Rota.DAILY) -> Any:
    taken = datetime(2026, 11, day, 3, tzinfo=UTC)
    return SimpleNamespace(name=SnapshotName(date(2026, 11, day), rota), header=SimpleNamespace(taken_at=taken))


class StandIn:
    """A vault that notes what it was asked."""

    locks = True

    def __init__(self, missing: Sequence[Any], newest: Any) -> None:
        self.calls: list[str] = []
        self.absent, self.newest = tuple(missing), newest
        self.broken: Exception | None = None

    def missing(self, since: datetime) -> tuple[Any, ...]:
        assert since == SUNDAY - timedelta(days=14)
        return self.absent

    def snapshot(self) -> Any:
        return self.newest

    def sync(self, one: Any, _: object) -> Any:
        self.calls.append(f"sync {one.name}")
        if self.broken:
            raise self.broken
        return SimpleNamespace(snapshot=one.name, uploaded_bytes=2**20, locked_until=SUNDAY + timedelta(days=30))

    def renew(self, _: object) -> int:
        self.calls.append("renew")
        return 1


class World:
    """A house with such a vault."""

    def __init__(self, folder: Path, missing: Sequence[Any] = (), newest: Any = None) -> None:
        (folder / "machiya.toml").write_text('[vault]\nprovider = "folder"\nfolder = "/mnt/nas"\n')
        self.vault = StandIn(missing, newest or snapshot(29))

        class Here(House):
            vault = self.vault  # type: ignore[assignment]

        self.book = FakeJobBook()
        house = Here(folder, MovingClock(SUNDAY))
        house.jobs.__dict__["book"] = self.book
        self.work = works_of(house)[JobKind.VAULT_SYNC]

    def ended(self, kind: JobKind, state: RunState, hour: int, reason: str = "") -> None:
        moment = SUNDAY.replace(hour=hour)
        self.book.end(self.book.ask(Order(kind, SCHEDULE), moment).number, state, reason, moment)


def test_every_snapshot_that_is_not_there_yet_goes_into_the_vault(tmp_path: Path) -> None:
    world = World(tmp_path, [snapshot(29), snapshot(29, Rota.WEEKLY)])
    world.ended(WEEKLY, RunState.SUCCEEDED, 2)
    world.ended(DAILY, RunState.SUCCEEDED, 3)
    said = world.work({}, SILENT)
    assert world.vault.calls == ["sync daily/2026-11-29", "sync weekly/2026-11-29"]
    assert said == "daily/2026-11-29, weekly/2026-11-29 are in the vault: 2 MiB went there, locked until 2026-12-29"


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.INTERRUPTED])
def test_a_backup_that_failed_tonight_fails_it_and_the_locks_are_renewed(tmp_path: Path, state: RunState) -> None:
    """The snapshot of last night is 25 hours old then, which is not too old by itself."""
    world = World(tmp_path, newest=snapshot(28))
    world.ended(WEEKLY, RunState.SUCCEEDED, 2)
    world.ended(DAILY, state, 3, "the disk is away.")
    with pytest.raises(LastBackupFailed, match=r"failed: backup.daily of 2026-11-29 03:00 UTC: the disk is away"):
        world.work({}, SILENT)
    assert world.vault.calls == ["renew"]


def test_a_backup_that_was_cancelled_or_missed_says_nothing_about_the_one_before(tmp_path: Path) -> None:
    world = World(tmp_path, [snapshot(29)])
    world.ended(DAILY, RunState.SUCCEEDED, 1)
    world.ended(DAILY, RunState.CANCELLED, 2)
    assert "daily/2026-11-29 is in the vault" in world.work({}, SILENT)


def test_nothing_new_renews_the_newest_while_it_is_fresh(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert "daily/2026-11-29 is in the vault" in world.work({}, SILENT)
    assert world.vault.calls == ["sync daily/2026-11-29"]


def test_nothing_new_for_too_long_renews_everything_and_fails(tmp_path: Path) -> None:
    world = World(tmp_path, newest=snapshot(27))
    with pytest.raises(BackupTooOld):
        world.work({}, SILENT)
    assert world.vault.calls == ["renew"]


def test_a_snapshot_that_cannot_be_read_keeps_no_lock_from_being_renewed(tmp_path: Path) -> None:
    world = World(tmp_path, [snapshot(29)])
    world.vault.broken = Unavailable("the backup disk is dead")
    with pytest.raises(Unavailable, match="dead"):
        world.work({}, SILENT)
    assert world.vault.calls == ["sync daily/2026-11-29", "renew"]


def test_a_sync_that_is_cancelled_ends_at_once(tmp_path: Path) -> None:
    world = World(tmp_path, [snapshot(29)])
    world.vault.broken = Cancelled("it was cancelled")
    with pytest.raises(Cancelled):
        world.work({}, SILENT)
    assert world.vault.calls == ["sync daily/2026-11-29"]


def test_missing_are_those_of_the_disk_that_this_house_did_not_put_there(tmp_path: Path) -> None:
    on_disk = [snapshot(29), snapshot(29, Rota.WEEKLY), snapshot(28), snapshot(10)]

    class Here(House):
        backups = SimpleNamespace(disk=SimpleNamespace(snapshots=lambda: on_disk))  # type: ignore[assignment]

    (tmp_path / "machiya.toml").write_text(f'[vault]\nprovider = "folder"\nfolder = "{tmp_path}/nas"\n')
    vault = Here(tmp_path, MovingClock(SUNDAY)).vault
    with vault._index() as index:
        for one, own in ((on_disk[0], True), (on_disk[2], False)):
            taken = one.header.taken_at
            record = ManifestRecord(ObjectVersion(str(one.name), ""), one.name, taken, taken, own=own)
            index.add_manifest(record, set())
    since = SUNDAY - timedelta(days=14)
    assert vault.missing(since) == (on_disk[1], on_disk[2]), "daily/2026-11-28 was found there, not put there"
