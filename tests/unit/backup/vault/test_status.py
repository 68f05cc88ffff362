"""What ``vault status`` says of a vault, read from the store."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.backup.vault.model import MANIFESTS, PACKS
from machiya.backup.vault.status import Prices, VaultState, VaultStatus
from machiya.core.progress import SILENT

PRICES = Prices(gigabyte_month=10.0, thousand_writes=1.0, thousand_reads=0.5)


def state_of(house: VaultHouse) -> VaultState:
    return VaultStatus(house.store, house.index, house.packing, house.rules, PRICES).read(SILENT)


def test_every_byte_is_locked(house: VaultHouse, clock: MovingClock, source: Path) -> None:
    first = house.sync(FolderSnapshot(source, clock.now()))
    clock.move(days=1)
    second = house.sync(FolderSnapshot(source, clock.now()))
    state = state_of(house)
    assert [(one.restorable, one.packs) for one in state.snapshots] == [(True, 3), (True, 3)]
    assert [one.locked_until for one in state.snapshots] == [second.locked_until, first.locked_until]
    assert state.smallest_lock == timedelta(days=30, seconds=1)
    assert state.alarming == ""


def test_a_house_that_stays_off_is_told_what_it_loses(house: VaultHouse, clock: MovingClock, source: Path) -> None:
    for _ in range(10):
        house.sync(FolderSnapshot(source, clock.now()))
        clock.move(days=1)
    state = state_of(house)
    assert [state.off_for(days)[0] for days in (1, 20, 25, 29, 30)] == [10, 10, 5, 1, 0]
    assert state.alarming == ""
    clock.move(days=5)
    assert "locked only 24 days" in state_of(house).alarming
    clock.move(days=60)
    assert "locked only 0 days" in state_of(house).alarming


def test_what_is_missing_is_named(house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    clock.move(days=31)
    lost = next(store.versions(PACKS)).object
    store.delete_version(lost)
    (one,) = state_of(house).snapshots
    assert (one.restorable, one.missing) == (False, (lost,))
    assert state_of(house).alarming == "daily/2026-11-23 cannot be restored"


def test_an_older_snapshot_that_cannot_be_restored_is_an_alarm(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    house.rules = replace(house.rules, keep_daily=60)
    house.sync(FolderSnapshot(source, clock.now()))
    first = {one.object for one in store.versions(PACKS)}
    for path in (source / "mail").iterdir():
        path.unlink()
    (source / "mail" / "new").write_bytes(b"new")
    clock.move(days=40)
    house.sync(FolderSnapshot(source, clock.now()))
    assert state_of(house).alarming == ""
    for item in first:
        store.delete_version(item)
    assert [one.restorable for one in state_of(house).snapshots] == [True, False]
    assert state_of(house).alarming == "daily/2026-11-23 cannot be restored"


def test_an_empty_vault_is_an_alarm(house: VaultHouse) -> None:
    assert state_of(house).alarming == "the vault holds no snapshot"


def test_cost_counts_what_is_stored_and_the_nightly_renewals(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    state = state_of(house)
    stored = sum(one.size_bytes for prefix in (PACKS, MANIFESTS) for one in store.versions(prefix))
    assert state.stored_bytes == stored
    assert state.month_dollars == pytest.approx(stored / 1e9 * 10 + 3 * 30 / 1000 * (1.0 + 2 * 0.5))
