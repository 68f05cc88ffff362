"""What a house still knows after its index was lost, and what it takes for its own then."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import zstandard

from fakes.forged_manifest import day_of, entry, file_entry, forged, store_forged
from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.adapters.vault_index.tables import connect
from machiya.backup.model import SnapshotName
from machiya.backup.vault.errors import SpoolFailed, VaultUnavailable
from machiya.backup.vault.expiry import Collected, Expiry
from machiya.backup.vault.model import MANIFESTS
from machiya.backup.vault.status import renewed_for
from machiya.core.progress import SILENT


def collect(house: VaultHouse) -> Collected:
    return Expiry(house.store, house.index, house.packing, house.clock, house.rules).run(SILENT, dry=True)


def renewed(house: VaultHouse) -> int:
    items = renewed_for(house.index, house.list(), house.rules, house.clock.now())
    return sum(1 for item in items if item.key.startswith(MANIFESTS))


def test_what_was_there_before_the_index_is_renewed_and_kept(
    house: VaultHouse, clock: MovingClock, source: Path
) -> None:
    house.rules = replace(house.rules, keep_daily=40, lock_days=5)
    for _ in range(20):
        house.sync(FolderSnapshot(source, clock.now()))
        clock.move(days=1)
    house.lose_index()
    house.sync(FolderSnapshot(source, clock.now()))
    assert renewed(house) == 21
    assert collect(house).manifests == ()


def test_what_was_there_goes_once_the_own_fill_the_retention(
    house: VaultHouse, clock: MovingClock, source: Path
) -> None:
    house.rules = replace(house.rules, keep_daily=3, keep_weekly=0, lock_days=1)
    house.sync(FolderSnapshot(source, clock.now()))
    house.lose_index()
    gone = []
    for _ in range(6):
        clock.move(days=1)
        house.sync(FolderSnapshot(source, clock.now()))
        gone.append(len(collect(house).manifests))
    assert gone == [0, 0, 1, 2, 3, 4]


def test_what_came_after_the_index_is_not_taken_for_own(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    clock.move(hours=1)
    store_forged(store, day_of(clock.now()), forged(day_of(clock.now()), [file_entry()]))
    assert [(one.own, one.adopted) for one in house.list()] == [(True, False), (False, False)]
    assert renewed(house) == 1


def test_learning_that_was_stopped_goes_on(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    clock.move(days=1)
    for number in range(20, 32):
        (source / "mail" / f"{number}.eml").write_bytes(f"{number}\n".encode() * 5000)
    house.sync(FolderSnapshot(source, clock.now()))
    house.lose_index()
    clock.move(days=1)
    fetches = iter([None, VaultUnavailable("the line is down")])

    def stop(call: str, _key: str) -> None:
        if call == "fetch" and (error := next(fetches)) is not None:
            raise error

    store.trouble = stop
    with pytest.raises(VaultUnavailable):
        house.sync(FolderSnapshot(source, clock.now()))
    store.trouble = lambda _call, _key: None
    house.reopen()
    assert house.sync(FolderSnapshot(source, clock.now())).new_packs == 0


def test_a_manifest_for_a_day_that_was_to_come_is_none(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    name = day_of(clock.now() + timedelta(days=3))
    store_forged(store, name, forged(name, [entry("lie", "directory")]))
    early = day_of(clock.now())
    taken = (clock.now() + timedelta(days=3)).isoformat()
    store_forged(store, early, forged(early, [entry("lie", "directory")], {"taken_at": taken}))
    clock.move(days=3)
    true = FolderSnapshot(source, clock.now())
    house.sync(true)
    house.lose_index()
    assert ["stored before the day" in one.fault for one in house.list()].count(True) == 2
    house.restore(SnapshotName.parse(name), tmp_path / "back")
    assert tree(tmp_path / "back") == tree(source)


def test_what_is_no_manifest_is_fetched_once_and_read_in_bounds(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock
) -> None:
    packed = zstandard.ZstdCompressor(level=1).compressobj()
    bomb = b"".join(packed.compress(b"a" * 1024 * 1024) for _ in range(40)) + packed.flush()
    longest = [0]
    opened = house.packing.open
    house.packing.open = lambda path, *, sealed: _Measured(opened(path, sealed=sealed), longest)  # type: ignore[method-assign,assignment,return-value]
    store_forged(store, day_of(clock.now()), bomb)
    for _ in range(3):
        (one,) = house.list()
        assert one.fault
    assert sum(1 for call, _ in store.calls if call == "fetch") == 1
    assert 0 < longest[0] < 2 * 1024 * 1024


class _Measured:
    """A stream that keeps how much was asked of it at once."""

    def __init__(self, inner: Any, longest: list[int]) -> None:
        self._inner, self._longest = inner, longest

    def __enter__(self) -> Self:
        self._stream = self._inner.__enter__()
        return self

    def __exit__(self, *error: object) -> object:
        return self._inner.__exit__(*error)

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._stream.readline(size)
        self._longest[0] = max(self._longest[0], len(line))
        return line

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration


def test_a_full_disk_costs_no_index(
    house: VaultHouse, clock: MovingClock, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    house.index.close()
    path = house.folder / "index.sqlite3"
    before = path.read_bytes()
    real: Callable[..., sqlite3.Connection] = sqlite3.connect

    class Full(sqlite3.Connection):
        def execute(self, *_: Any) -> sqlite3.Cursor:
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", lambda *words, **named: real(*words, **named, factory=Full))
    with pytest.raises(SpoolFailed, match="disk is full"):
        connect(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    house.reopen()
    assert [one.own for one in house.list()] == [True]


def test_an_index_of_another_version_is_made_anew(house: VaultHouse, clock: MovingClock, source: Path) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    house.index.close()
    with sqlite3.connect(house.folder / "index.sqlite3") as other:
        other.execute("PRAGMA user_version = 1")
    other.close()
    house.reopen()
    assert [(one.own, one.adopted) for one in house.list()] == [(False, True)]
