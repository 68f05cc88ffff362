"""Damage of any kind in the vault is noticed, named, and costs no more than it has to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree, write_hard_tree
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.backup.vault.errors import ContentDamaged
from machiya.backup.vault.model import PACKS
from machiya.core.errors import AlreadyExists, NotFound


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "flip": _flip,
    "truncate": lambda data: data[: len(data) // 2],
    "zero": lambda data: bytes(len(data)),
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_pack_costs_what_is_in_it_and_is_named(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path, how: str
) -> None:
    snapshot = FolderSnapshot(source, clock.now())
    house.sync(snapshot)
    pack = next(store.versions(PACKS)).object
    kept = store.objects[pack.key][pack.version]
    kept.data = DAMAGES[how](kept.data or b"")
    restored = house.restore(snapshot.name, tmp_path / "back")
    assert 0 < len(restored.failed) < 12
    assert {reason for _, reason in restored.failed} == {f"{pack} is damaged"}
    whole = tree(source)
    back = tree(tmp_path / "back")
    lost = {path for path, _ in restored.failed}
    assert lost == {path for path in whole if path not in back}
    assert all(back[path] == whole[path] for path in back)


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_manifest_is_named_and_older_ones_still_restore(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path, how: str
) -> None:
    older = FolderSnapshot(source, clock.now())
    house.sync(older)
    clock.move(days=1)
    newer = FolderSnapshot(source, clock.now())
    key = house.sync(newer).manifest
    kept = store.objects[key.key][key.version]
    kept.data = DAMAGES[how](kept.data or b"")
    house.lose_index()
    faults = {str(one.snapshot): one.fault for one in house.list()}
    assert faults == {str(newer.name): f"{key} is damaged", str(older.name): ""}
    with pytest.raises(NotFound, match="is damaged"):
        house.restore(newer.name, tmp_path / "newer")
    assert house.restore(older.name, tmp_path / "older").failed == []
    assert tree(tmp_path / "older") == tree(source)


def test_a_damaged_index_is_made_anew(house: VaultHouse, clock: MovingClock, source: Path) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    house.index.close()
    (house.folder / "index.sqlite3").write_bytes(b"no database" * 1000)
    house.reopen()
    clock.move(days=1)
    assert house.sync(FolderSnapshot(source, clock.now())).new_packs == 0


def test_everything_a_file_system_holds_comes_back(house: VaultHouse, clock: MovingClock, tmp_path: Path) -> None:
    source = tmp_path / "hard"
    source.mkdir()
    write_hard_tree(source)
    snapshot = FolderSnapshot(source, clock.now())
    house.sync(snapshot)
    assert house.restore(snapshot.name, tmp_path / "back").failed == []
    assert tree(tmp_path / "back") == tree(source)
    assert (tmp_path / "back" / "holes").stat().st_blocks * 512 < 1024 * 1024


def test_a_hard_link_to_outside_of_the_path_comes_back_as_a_file(
    house: VaultHouse, clock: MovingClock, source: Path, tmp_path: Path
) -> None:
    (source / "twins").mkdir()
    (source / "twins" / "one").hardlink_to(source / "mail" / "1.eml")
    snapshot = FolderSnapshot(source, clock.now())
    house.sync(snapshot)
    house.restore(snapshot.name, tmp_path / "back", b"twins")
    assert (tmp_path / "back" / "twins" / "one").read_bytes() == b"1\n" * 5000


def test_nothing_at_a_path_is_told(house: VaultHouse, clock: MovingClock, source: Path, tmp_path: Path) -> None:
    snapshot = FolderSnapshot(source, clock.now())
    house.sync(snapshot)
    with pytest.raises(NotFound, match="nothing lies at mail/nobody"):
        house.restore(snapshot.name, tmp_path / "back", b"mail/nobody")


def test_a_folder_with_something_in_it_is_not_written_into(house: VaultHouse, clock: MovingClock, source: Path) -> None:
    snapshot = FolderSnapshot(source, clock.now())
    house.sync(snapshot)
    before = tree(source)
    with pytest.raises(AlreadyExists):
        house.restore(snapshot.name, source)
    assert tree(source) == before


def test_no_key_no_content(house: VaultHouse, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    with pytest.raises(ContentDamaged, match="no key"), house.packing.open(tmp_path / "x", sealed=True):
        pass
