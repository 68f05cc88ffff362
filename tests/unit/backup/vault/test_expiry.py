"""What goes and what stays: retention, packs that nobody needs, thin packs, forged manifests."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.backup.model import Rota
from machiya.backup.vault.expiry import Collected, Expiry
from machiya.backup.vault.model import MANIFESTS, PACKS
from machiya.core.progress import SILENT


def collect(house: VaultHouse, *, dry: bool = False) -> Collected:
    return Expiry(house.store, house.index, house.packing, house.clock, house.rules).run(SILENT, dry=dry)


def shown(store: FakeVaultStore, prefix: str) -> set[str]:
    return {one.object.key for one in store.versions(prefix) if one.latest}


def test_the_newest_dailies_and_weeklies_stay(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    house.rules = replace(house.rules, lock_days=2, keep_daily=5, keep_weekly=2)
    for day in range(23):
        house.sync(FolderSnapshot(source, clock.now()))
        if day % 7 == 0:
            house.sync(FolderSnapshot(source, clock.now(), rota=Rota.WEEKLY))
        clock.move(days=1)
    collect(house)
    left = house.list()
    collect(house)
    named = {str(one.snapshot) for one in left if one.object.key in shown(store, MANIFESTS)}
    assert sum(1 for name in named if name.startswith("daily")) == 5
    assert sum(1 for name in named if name.startswith("weekly")) == 2


def test_a_pack_goes_when_no_kept_snapshot_needs_it(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    big = source / "mail" / "big"
    big.write_bytes(bytes(range(256)) * 1000)
    old = house.sync(FolderSnapshot(source, clock.now()))
    big.unlink()
    for _ in range(31):
        clock.move(days=1)
        house.sync(FolderSnapshot(source, clock.now()))
    found = collect(house, dry=True)
    assert [str(one.snapshot) for one in found.manifests] == ["daily/2026-11-23", "daily/2026-11-24"][
        : len(found.manifests)
    ]
    assert len(found.packs) == 1
    assert len(shown(store, PACKS)) == 4, "a dry run changes nothing"
    collect(house)
    assert len(shown(store, PACKS)) == 3
    assert old.manifest.key not in shown(store, MANIFESTS)
    big.write_bytes(bytes(range(256)) * 1000)
    assert house.sync(FolderSnapshot(source, clock.now() + timedelta(seconds=1))).new_packs == 1


def test_packs_of_a_stopped_sync_stay_for_two_days(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    store.stored(f"{PACKS}{'a' * 64}.tar.zst", b"from a run that was stopped", clock.now() + timedelta(days=30))
    clock.move(days=1)
    assert collect(house, dry=True).packs == ()
    clock.move(days=2)
    assert collect(house, dry=True).packs == (f"{PACKS}{'a' * 64}.tar.zst",)


def test_forged_manifests_push_no_true_one_out(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path
) -> None:
    true = FolderSnapshot(source, clock.now())
    house.sync(true)
    forger = VaultHouse(store, tmp_path / "forger", clock)
    house.rules = replace(house.rules, keep_daily=3)
    empty = tmp_path / "empty"
    empty.mkdir()
    clock.move(hours=1)
    for day in range(1, 8):
        forger.clock = clock
        forger.sync(FolderSnapshot(empty, clock.now(), day=clock.now().date() - timedelta(days=day)))
    forger.index.close()
    clock.move(days=40)
    gone = collect(house).manifests
    assert gone == (), "nobody knows for sure whose they are"
    restored = house.restore(true.name, tmp_path / "back")
    assert (restored.failed, restored.files) == ([], 12)


def test_what_is_needed_of_a_thin_pack_is_packed_anew(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path
) -> None:
    first = house.sync(FolderSnapshot(source, clock.now()))
    for name in ("0", "1", "10", "11"):  # of the first pack, which has 2 beside them
        (source / "mail" / f"{name}.eml").unlink()
    clock.move(days=1)
    snapshot = FolderSnapshot(source, clock.now())
    again = house.sync(snapshot)
    thin = set(house.index.packs_of(first.manifest)) - set(house.index.packs_of(again.manifest))
    assert len(thin) == 1
    assert again.new_packs == 1
    assert store.locked_until(thin.pop()) == first.locked_until, "it is renewed no more"
    assert house.restore(snapshot.name, tmp_path / "back").failed == []
    assert tree(tmp_path / "back") == tree(source)
