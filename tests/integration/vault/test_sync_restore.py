"""A snapshot goes into a real S3 server and comes back, with links, holes, names and times."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree, write_hard_tree
from fakes.vault_house import VaultHouse

pytestmark = pytest.mark.seaweedfs


def snapshot_of(folder: Path, *, days_ago: int = 0) -> FolderSnapshot:
    return FolderSnapshot(folder, datetime.now(tz=UTC) - timedelta(days=days_ago, minutes=1))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    write_hard_tree(folder)
    return folder


def test_a_snapshot_comes_back_as_it_was(house: VaultHouse, source: Path, tmp_path: Path) -> None:
    snapshot = snapshot_of(source)
    synced = house.sync(snapshot)
    assert synced.published
    assert synced.new_packs == synced.packs > 1
    restored = house.restore(snapshot.name, tmp_path / "back")
    assert restored.failed == []
    assert tree(tmp_path / "back") == tree(source)
    assert not list(house.spool.iterdir())


def test_only_what_is_new_goes_up_and_every_lock_is_renewed(house: VaultHouse, source: Path, tmp_path: Path) -> None:
    house.sync(snapshot_of(source, days_ago=1))
    (source / "mail" / "cur" / "new.eml").write_bytes(b"new")
    (source / "mail" / "cur" / "1.eml").unlink()
    snapshot = snapshot_of(source)
    synced = house.sync(snapshot)
    assert (synced.new_packs, synced.published) == (1, True)
    assert synced.uploaded_bytes < 1000
    for pack in (*house.index.packs_of(synced.manifest), synced.manifest):
        until = house.store.locked_until(pack)
        assert until is not None
        assert until >= snapshot.taken_at + timedelta(days=30)
    house.lose_index()
    assert house.restore(snapshot.name, tmp_path / "back").failed == []
    assert tree(tmp_path / "back") == tree(source)


def test_a_path_comes_back_alone(house: VaultHouse, source: Path, tmp_path: Path) -> None:
    snapshot = snapshot_of(source)
    house.sync(snapshot)
    assert house.restore(snapshot.name, tmp_path / "back", b"mail/cur").files == 41
    assert {path.name for path in (tmp_path / "back").iterdir()} == {"mail"}


def test_a_lost_index_is_read_again_from_the_vault(house: VaultHouse, source: Path) -> None:
    first = house.sync(snapshot_of(source, days_ago=1))
    house.lose_index()
    again = house.sync(snapshot_of(source))
    assert (again.new_packs, again.packs) == (0, first.packs)
