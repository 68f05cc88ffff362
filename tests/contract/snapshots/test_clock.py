"""Clocks that were wrong, time zones and leftovers: what counts as the newest, and what the day is called."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fakes.backup_house import BackupHouse
from machiya.adapters.snapshots.manifest_file import MANIFEST
from machiya.backup.errors import BackupDiskFull, ClockBehind
from machiya.backup.model import Rota, SnapshotName
from machiya.bootstrap.jobs import BackupTooOld, works_of
from machiya.core.progress import SILENT
from machiya.jobs.model import JobKind

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = datetime(2099, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BackupHouse:
    return BackupHouse(tmp_path, monkeypatch)


@pytest.fixture
def utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def daily(day: date) -> SnapshotName:
    return SnapshotName(day, Rota.DAILY)


def taken(house: BackupHouse, now: datetime) -> SnapshotName:
    return house.at(now).backups.take(Rota.DAILY, SILENT).name


def newest(house: BackupHouse, now: datetime) -> SnapshotName | None:
    found = house.at(now).backups.disk.newest()
    return found.name if found else None


def test_one_run_with_the_clock_ahead_does_not_count(house: BackupHouse) -> None:
    taken(house, START)
    taken(house, LATER)
    assert newest(house, START) == daily(START.date())
    for number in range(1, 4):
        again = house.at(START + number * DAY).backups.take(Rota.DAILY, SILENT)
        assert (newest(house, START + number * DAY), again.totals.new_bytes) == (again.name, 0)
    opened = house.at(START + 3 * DAY).backups
    assert [one.name for one in opened.disk.ahead()] == [daily(LATER.date())]
    opened.forget(daily(LATER.date()))
    assert opened.disk.ahead() == ()


def test_what_the_clock_ahead_made_is_not_the_last_good_one(house: BackupHouse) -> None:
    taken(house, START)
    taken(house, LATER)
    found = house.at(START).backups.disk.newest_good(but=daily(START.date()))
    assert found is None


def test_a_clock_that_is_behind_is_told_instead_of_there_already(house: BackupHouse) -> None:
    taken(house, START)
    taken(house, START + DAY)
    with pytest.raises(ClockBehind, match=r"daily/2026-11-02 was taken at .* says 2026-11-01") as told:
        taken(house, START + timedelta(hours=1))
    assert "--again" in told.value.hint
    with pytest.raises(ClockBehind):
        taken(house, datetime(1970, 1, 2, tzinfo=UTC))
    assert len(house.at(START).backups.disk.names()) == 2
    assert house.at(START - DAY).backups.take(Rota.DAILY, SILENT, again=True).made


def test_freshness_fails_when_all_snapshots_are_ahead(house: BackupHouse) -> None:
    taken(house, LATER)
    with pytest.raises(BackupTooOld, match="was taken at 2099-01-01") as told:
        works_of(house.at(START))[JobKind.BACKUP_FRESHNESS]({}, SILENT)
    assert "clock" in told.value.hint


def test_freshness_is_that_of_the_newest_good_one(house: BackupHouse) -> None:
    taken(house, START)
    taken(house, START + 3 * DAY)
    manifest = house.disk / str(daily((START + 3 * DAY).date())) / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:60])
    now = START + 3 * DAY
    assert newest(house, now) == daily(START.date())
    with pytest.raises(BackupTooOld, match="72 hours old"):
        works_of(house.at(now))[JobKind.BACKUP_FRESHNESS]({}, SILENT)


def test_the_vault_takes_neither_a_damaged_one_nor_one_from_the_future(house: BackupHouse) -> None:
    house.settings(f'[vault]\nprovider = "folder"\nfolder = "{house.root / "vault"}"\n')
    for now in (START, START + DAY, LATER):
        taken(house, now)
    manifest = house.disk / str(daily((START + DAY).date())) / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:60])
    assert house.at(START + DAY).vault.snapshot().name == daily(START.date())


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo"])
def test_the_day_is_that_of_the_schedules_zone(house: BackupHouse, zone: str) -> None:
    house.settings(f'[jobs]\ntimezone = "{zone}"\n')
    for day in (28, 29, 30, 31):  # summer time begins in Europe in the night to the 29th, a Sunday
        when = datetime(2026, 3, day, 1, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        backups = house.at(when).backups
        made = [backups.take(rota, SILENT) for rota in Rota]
        assert [(one.name, one.made) for one in made] == [
            (SnapshotName(date(2026, 3, day), rota), True) for rota in Rota
        ]


def test_below_minimum_free_leftovers_go_first(house: BackupHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    taken(house, START)
    real = os.statvfs(house.disk)
    left = [house.disk / name for name in (".deleting-daily-2020-01-01", ".partial-daily-2020-01-01")]

    def room(_path: Path) -> os.statvfs_result:
        free = 0 if any(one.exists() for one in left) else real.f_bavail
        return os.statvfs_result((*real[:4], free, *real[5:]))

    for one in left:
        one.mkdir()
        os.utime(one, ((START + DAY).timestamp(),) * 2)  # the next run would go on with the draft
    monkeypatch.setattr(os, "statvfs", room)
    house.settings('[backup]\nminimum_free = "1 MiB"\n')
    taken(house, START + DAY)
    assert not any(one.exists() for one in left)
    house.settings('[backup]\nminimum_free = "1000000 GiB"\n')
    with pytest.raises(BackupDiskFull) as told:
        taken(house, START + 2 * DAY)
    assert "machiya backup forget" in told.value.hint
