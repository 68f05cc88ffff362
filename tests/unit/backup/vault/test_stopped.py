"""A sync that is stopped anywhere: nothing partial is published, and the next one goes on from there."""

import random
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.backup.vault.errors import SnapshotChanged, SpoolFailed, VaultUnavailable
from machiya.backup.vault.model import MANIFESTS, PACKS, VaultRules


class Power(BaseException):
    """Nothing in the program catches it."""


@pytest.mark.parametrize("stage", range(14))
def test_stopped_at_any_call(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path, stage: int
) -> None:
    snapshot = FolderSnapshot(source, clock.now())
    left = [stage]

    def trouble(_call: str, _key: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Power

    store.trouble = trouble
    if stage < 12:
        with pytest.raises(Power):
            house.sync(snapshot)
    else:  # the last calls come after the manifest was stored
        with suppress(Power):
            house.sync(snapshot)
    store.trouble = lambda call, key: None  # noqa: ARG005 – as the port has it
    house.reopen()
    house.sync(snapshot)
    assert len(list(store.versions(MANIFESTS))) == 1
    assert len(list(store.versions(PACKS))) == 3, "what was stored is not stored again"
    assert not list(house.spool.iterdir())
    house.restore(snapshot.name, tmp_path / "back")
    assert tree(tmp_path / "back") == tree(source)


def test_what_was_stored_before_the_stop_is_not_sent_again(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    snapshot = FolderSnapshot(source, clock.now())

    def trouble(call: str, _key: str) -> None:
        if call == "put" and len(store.objects) == 2:
            raise VaultUnavailable("503")

    store.trouble = trouble
    with pytest.raises(VaultUnavailable):
        house.sync(snapshot)
    assert {key.split("/")[0] for key in store.objects} == {"packs"}
    store.trouble = lambda call, key: None  # noqa: ARG005 – as the port has it
    before = store.puts
    house.reopen()
    done = house.sync(snapshot)
    assert (done.new_packs, done.packs) == (1, 3)
    assert store.puts - before == 2


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file grows beyond 600 kB: as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_leaves_nothing(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, request: pytest.FixtureRequest
) -> None:
    house.rules = VaultRules(parallel=2)
    (source / "mail" / "random").write_bytes(random.Random(1).randbytes(1_000_000))
    request.getfixturevalue("small_disk")
    with pytest.raises(SpoolFailed, match="cannot write into"):
        house.sync(FolderSnapshot(source, clock.now()))
    assert not [key for key in store.objects if key.startswith(MANIFESTS)]
    assert not list(house.spool.iterdir())


def test_a_file_that_rotted_on_the_disk_is_told_and_nothing_published(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = FolderSnapshot(source, clock.now())
    known = list(snapshot.entries())
    (source / "mail" / "7.eml").write_bytes(b"8\n" * 5000)
    monkeypatch.setattr(FolderSnapshot, "entries", lambda _: iter(known))
    with pytest.raises(SnapshotChanged, match=r"mail/7\.eml"):
        house.sync(snapshot)
    assert not [key for key in store.objects if key.startswith(MANIFESTS)]
    assert not list(house.spool.iterdir())
