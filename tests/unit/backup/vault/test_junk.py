"""One manifest that is well hashed and nonsense costs that manifest, and no command."""

from pathlib import Path
from typing import Any

import pyrage
import pytest
import zstandard

from fakes.forged_manifest import day_of, file_entry, forged, store_forged
from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.adapters.age.keys import AgeKey
from machiya.adapters.age.sealing import seal_file, unseal_file
from machiya.adapters.packs.packing import FilePacking
from machiya.backup.vault.expiry import Expiry
from machiya.backup.vault.status import Prices, VaultStatus, renewed_for
from machiya.core.progress import SILENT

KEY = AgeKey.generate()


def sealed(data: bytes, key: AgeKey) -> bytes:
    return bytes(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(key.public)]))


def plain(**parts: Any) -> Any:
    return lambda name: (forged(name, **parts), "")


def deep() -> bytes:
    return b"[" * 200_000 + b"\n"


JUNK = {
    "naive time": plain(header={"taken_at": "2026-11-24T00:00:00"}),
    "year 1": plain(header={"taken_at": "0001-01-01T00:00:00+14:00"}),
    "time a number": plain(header={"taken_at": 7}),
    "sources null": plain(header={"sources": None}),
    "house a surrogate": plain(header={"house": "\ud800"}),
    "omitted numbers": plain(header={"omitted": [1]}),
    "size too large": plain(lines=[file_entry(size=2**70)]),
    "sizes too large together": plain(lines=[file_entry(size=2**62), file_entry(size=2**62)]),
    "size negative": plain(lines=[file_entry(size=-1)]),
    "offset too large": plain(lines=[file_entry(offset=2**63)]),
    "mode a text": plain(lines=[file_entry(mode="0600")]),
    "time too large": plain(lines=[file_entry(mtime_ns=2**64)]),
    "uid too large": plain(lines=[file_entry(uid=2**32)]),
    "type a list": plain(lines=[file_entry(type=[])]),
    "path a list": plain(lines=[file_entry(path=["a"])]),
    "path a surrogate": plain(lines=[file_entry(path="\ud800")]),
    "pack a list": plain(lines=[file_entry(pack=[1])]),
    "pack a surrogate": plain(lines=[file_entry(pack="\ud800")]),
    "pack elsewhere": plain(lines=[file_entry(pack="packs/../../etc/passwd")]),
    "version a list": plain(lines=[file_entry(pack_version=[1])]),
    "sha256 zz": plain(lines=[file_entry(sha256="zz")]),
    "xattrs a list": plain(lines=[file_entry(xattrs=[1])]),
    "xattr a surrogate": plain(lines=[file_entry(xattrs={"user.\ud800": ""})]),
    "xattr with null": plain(lines=[file_entry(xattrs={"user.\0": ""})]),
    "symlink with null": plain(lines=[file_entry(type="symlink", link="a\0b")]),
    "deep": plain(lines=[deep()]),
    "new_bytes a text": plain(end={"new_bytes": "x"}),
    "end without count": plain(end={"entries": None}),
    "not compressed": lambda _: (b"junk", ""),
    "empty": lambda _: (b"", ""),
    "nothing compressed": lambda _: (zstandard.compress(b""), ""),
    "not encrypted": lambda _: (b"junk", ".age"),
    "for somebody else": lambda name: (sealed(forged(name), AgeKey.generate()), ".age"),
    "encrypted and cut off": lambda name: (sealed(forged(name) * 3000, KEY)[:-9], ".age"),
    "encrypted header only": lambda name: (sealed(forged(name), KEY)[:150], ".age"),
}


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("junk", JUNK)
def test_it_is_a_fault_of_that_manifest(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path, junk: str, *, lost: bool
) -> None:
    house.packing = FilePacking(house.spool, None, lambda a, b: unseal_file(a, b, KEY))
    true = FolderSnapshot(source, clock.now())
    house.sync(true)
    clock.move(days=1)
    name = day_of(clock.now())
    key = store_forged(store, name, *JUNK[junk](name))
    if lost:
        house.lose_index()
    later = FolderSnapshot(source, clock.now())
    house.sync(later)
    assert [one.object.key for one in house.list() if one.fault] == [key]
    assert list(house.spool.iterdir()) == []
    for snapshot in (true, later):
        assert house.restore(snapshot.name, tmp_path / snapshot.name.day.isoformat()).failed == []
        assert tree(tmp_path / snapshot.name.day.isoformat()) == tree(source)
    prices = Prices(0, 0, 0)
    VaultStatus(store, house.index, house.packing, house.rules, prices).read(SILENT)
    assert renewed_for(house.index, house.list(), house.rules, clock.now())
    assert Expiry(store, house.index, house.packing, clock, house.rules).run(SILENT).manifests == ()


def test_a_pack_that_does_not_open_costs_what_is_in_it(
    house: VaultHouse, clock: MovingClock, source: Path, tmp_path: Path
) -> None:
    """It was sealed for another key than all the others."""
    keys = [KEY]
    house.packing = FilePacking(
        house.spool, lambda a, b: seal_file(a, b, (keys[-1].public,)), lambda a, b: unseal_file(a, b, KEY)
    )
    house.sync(FolderSnapshot(source, clock.now()))
    clock.move(days=1)
    (source / "mail" / "new").write_bytes(b"new")
    snapshot = FolderSnapshot(source, clock.now())
    store = house.store
    assert isinstance(store, FakeVaultStore)
    store.trouble = lambda call, key: keys.append(KEY) if (call, key[:5]) == ("put", "packs") else None
    keys.append(AgeKey.generate())
    house.sync(snapshot)
    restored = house.restore(snapshot.name, tmp_path / "back")
    assert [path for path, _ in restored.failed] == [b"mail/new"]
    assert restored.files == 12
