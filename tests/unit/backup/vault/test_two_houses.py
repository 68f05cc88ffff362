"""Two houses that were given one place for their vaults."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fakes.forged_manifest import day_of, entry, forged, store_forged
from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.vault_house import SMALL, VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.backup.model import Header
from machiya.backup.vault.errors import PlaceTaken
from machiya.backup.vault.expiry import Expiry
from machiya.backup.vault.status import renewed_for
from machiya.core.errors import NotFound
from machiya.core.progress import SILENT

OTHER = "other.home.test"


@dataclass(frozen=True)
class OtherSnapshot(FolderSnapshot):
    @property
    def header(self) -> Header:
        return Header(self.name, OTHER, self.taken_at, ("mail",))


@pytest.fixture
def first(house: VaultHouse) -> VaultHouse:
    house.rules = replace(SMALL, house="machiya.home.test")
    return house


@pytest.fixture
def second(store: FakeVaultStore, clock: MovingClock, tmp_path: Path) -> Iterator[VaultHouse]:
    house = VaultHouse(store, tmp_path / "second", clock, replace(SMALL, house=OTHER))
    yield house
    house.index.close()


def test_the_second_does_not_begin(first: VaultHouse, second: VaultHouse, clock: MovingClock, source: Path) -> None:
    first.sync(FolderSnapshot(source, clock.now()))
    for _ in range(2):
        with pytest.raises(PlaceTaken, match=r"machiya\.home\.test") as error:
            second.sync(OtherSnapshot(source, clock.now()))
        assert "vault.prefix" in error.value.hint
    second.lose_index()
    second.list()
    with pytest.raises(PlaceTaken):
        second.sync(OtherSnapshot(source, clock.now()))


def test_foreign_ones_are_shown_and_nothing_else(
    first: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path
) -> None:
    snapshot = FolderSnapshot(source, clock.now())
    first.sync(snapshot)
    clock.move(hours=1)
    name = day_of(clock.now())
    key = store_forged(store, name, forged(name, [entry("lie", "directory")], {"house": OTHER}))
    clock.move(days=90)
    first.lose_index()
    first.sync(FolderSnapshot(source, clock.now()))
    shown = {one.object.key: one.house for one in first.list() if one.foreign}
    assert shown == {key: OTHER}
    assert key not in {one.key for one in renewed_for(first.index, first.list(), first.rules, clock.now())}
    assert key not in {
        one.object.key for one in Expiry(store, first.index, first.packing, clock, first.rules).run(SILENT).manifests
    }
    assert first.restore(snapshot.name, tmp_path / "back").files == 12


def test_a_foreign_one_is_restored_only_by_its_version(
    first: VaultHouse, store: FakeVaultStore, clock: MovingClock, tmp_path: Path
) -> None:
    name = day_of(clock.now())
    store_forged(store, name, forged(name, [entry("theirs", "directory")], {"house": OTHER}))
    (one,) = first.list()
    with pytest.raises(NotFound, match=f"of another house, {OTHER}"):
        first.restore(one.snapshot, tmp_path / "back")
    first.restore(one.snapshot, tmp_path / "back", version=one.object.version)
    assert (tmp_path / "back" / "theirs").is_dir()
