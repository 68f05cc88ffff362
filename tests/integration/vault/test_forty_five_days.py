"""45 days of a house whose files never change, against a real store that keeps the locks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.vault_house import VaultHouse
from machiya.adapters.vault_s3.client import Bucket
from machiya.adapters.vault_s3.store import S3Store
from machiya.backup.vault.model import PACKS, ObjectVersion

pytestmark = pytest.mark.seaweedfs


class Later(S3Store):
    """The same store some days from now; locks that end later still are what it accepts."""

    def __init__(self, bucket: Bucket, clock: MovingClock) -> None:
        super().__init__(bucket)
        self._moved = clock

    def now(self) -> datetime:
        return self._moved.now()


def test_every_version_stays_locked_30_days_from_its_snapshot(bucket: Bucket, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(8):
        (source / f"{number}").write_bytes(f"{number}".encode() * 20_000)
    clock = MovingClock(datetime.now(tz=UTC).replace(microsecond=0))
    house = VaultHouse(Later(bucket, clock), tmp_path / "house", clock)
    published: list[tuple[datetime, ObjectVersion]] = []
    for day in range(45):
        published.append((clock.now(), house.sync(FolderSnapshot(source, clock.now())).manifest))
        for taken_at, manifest in published if day % 11 == 0 else published[-1:]:
            locks = [house.store.locked_until(item) for item in (*house.index.packs_of(manifest), manifest)]
            assert all(lock is not None and lock >= taken_at + timedelta(days=30) for lock in locks)
        clock.move(days=1)
    assert len(list(house.store.versions(PACKS))) == 3
    house.index.close()
