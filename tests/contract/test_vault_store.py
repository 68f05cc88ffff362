"""What every store of the vault keeps: the one in memory, a folder, and SeaweedFS (marker ``seaweedfs``)."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.vault_store import FakeVaultStore
from integration.vault.seaweedfs import SeaweedFs
from machiya.adapters.vault_folder.store import FolderStore
from machiya.adapters.vault_s3.store import S3Store
from machiya.backup.vault.errors import ContentDamaged, VersionGone
from machiya.backup.vault.model import ObjectVersion
from machiya.backup.vault.ports import VaultStore
from machiya.core.clock import SystemClock

STORES = ["fake", "folder", pytest.param("seaweedfs", marks=pytest.mark.seaweedfs)]
DATA = b"some bytes" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()
DAYS = timedelta(days=30)


@pytest.fixture(scope="module")
def seaweedfs() -> Iterator[SeaweedFs]:
    with SeaweedFs() as server:
        yield server


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> VaultStore:
    if request.param == "fake":
        return FakeVaultStore(SystemClock())
    if request.param == "folder":
        (tmp_path / "vault").mkdir()
        folder = FolderStore(tmp_path / "vault", SystemClock())
        folder.begin()
        return folder
    server: SeaweedFs = request.getfixturevalue("seaweedfs")
    return S3Store(server.new_bucket())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    return path


def put(store: VaultStore, file: Path, key: str = "packs/a") -> ObjectVersion:
    return ObjectVersion(key, store.put(key, file, SHA256, store.now() + DAYS))


def test_what_was_put_is_fetched(store: VaultStore, file: Path, tmp_path: Path) -> None:
    item = put(store, file)
    store.fetch(item, tmp_path / "back", SHA256)
    assert (tmp_path / "back").read_bytes() == DATA


def test_nothing_is_stored_twice(store: VaultStore, file: Path) -> None:
    assert put(store, file) == put(store, file)
    assert len(list(store.versions("packs/"))) == 1


def test_a_lock_is_read_back_and_renewed(store: VaultStore, file: Path) -> None:
    item, until = put(store, file), store.now() + 2 * DAYS
    found = store.locked_until(item)
    assert (found is not None) == store.locks
    store.renew(item, until)
    assert store.locked_until(item) == (until if store.locks else None)


def test_what_is_not_there_is_told(store: VaultStore, file: Path, tmp_path: Path) -> None:
    item = put(store, file)
    for gone in (ObjectVersion("packs/other", item.version), ObjectVersion("packs/a", "0" * len(item.version))):
        if gone == item:
            continue
        with pytest.raises(VersionGone):
            store.fetch(gone, tmp_path / "back", SHA256)
        with pytest.raises(VersionGone):
            store.locked_until(gone)
        with pytest.raises(VersionGone):
            store.renew(gone, store.now() + DAYS)


def test_other_bytes_are_damage(store: VaultStore, file: Path, tmp_path: Path) -> None:
    with pytest.raises(ContentDamaged):
        store.fetch(put(store, file), tmp_path / "back", "0" * 64)


def test_versions_are_listed_by_prefix(store: VaultStore, file: Path) -> None:
    pack = put(store, file)
    manifest = put(store, file, "manifests/daily/x")
    (one,) = store.versions("packs/")
    assert (one.object, one.size_bytes, one.latest) == (pack, len(DATA), True)
    assert abs(one.stored_at - store.now()) < timedelta(minutes=1)
    assert [found.object for found in store.versions("manifests/")] == [manifest]
    assert list(store.versions("nothing/")) == []


def test_what_was_hidden_is_listed_where_it_is_kept(store: VaultStore, file: Path, tmp_path: Path) -> None:
    item = put(store, file)
    store.hide(item.key)
    listed = [(one.object, one.latest) for one in store.versions("packs/")]
    if not store.locks:
        assert listed == []
        return
    assert listed == [(item, False)]
    store.renew(item, store.now() + 2 * DAYS)
    store.fetch(item, tmp_path / "back", SHA256)


def test_the_clock_is_in_whole_seconds(store: VaultStore) -> None:
    assert store.now().microsecond == 0
    assert store.now().tzinfo is not None


def test_nothing_unfinished_is_nothing_to_abort(store: VaultStore, file: Path) -> None:
    put(store, file)
    assert store.abort_unfinished(store.now() + timedelta(minutes=1)) == 0
    assert len(list(store.versions("packs/"))) == 1
