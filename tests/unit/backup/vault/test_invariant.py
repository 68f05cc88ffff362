"""When a manifest is published, all that it references is locked long enough – or it is not published."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fakes.moving_clock import MovingClock
from fakes.snapshot_folder import FolderSnapshot
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.backup.vault.errors import ClockSkew, NotLocked, RenewalFailed, VersionGone
from machiya.backup.vault.model import MANIFESTS, PACKS, ObjectVersion
from machiya.core.errors import Refused


def manifests(store: FakeVaultStore) -> list[str]:
    return [one.object.key for one in store.versions(MANIFESTS)]


def shortest(house: VaultHouse, store: FakeVaultStore, manifest: ObjectVersion) -> datetime:
    locks = [store.locked_until(item) for item in (*house.index.packs_of(manifest), manifest)]
    return min(lock for lock in locks if lock is not None)


def test_45_days_of_files_that_never_change(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    """An object lock of 30 days from the upload would be over on day 31; every snapshot's is not."""
    published: list[tuple[datetime, ObjectVersion]] = []
    for _ in range(45):
        taken_at = clock.now()
        clock.move(hours=1)
        published.append((taken_at, house.sync(FolderSnapshot(source, taken_at)).manifest))
        for taken, manifest in published:
            assert shortest(house, store, manifest) >= taken + timedelta(days=30)
        clock.move(hours=23)
    assert len(list(store.versions(PACKS))) == 3
    assert sum(1 for call, key in store.calls if call == "put" and key.startswith(PACKS)) == 3


def test_the_manifest_is_last_and_renewals_come_before_uploads(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    clock.move(days=1)
    (source / "mail" / "new.eml").write_bytes(b"new")
    store.calls.clear()
    house.sync(FolderSnapshot(source, clock.now()))
    changes = [call for call in store.calls if call[0] in {"put", "renew"}]
    assert [call for call, _ in changes] == ["renew", "renew", "renew", "put", "put"]
    assert [key.split("/")[0] for _, key in changes[-2:]] == ["packs", "manifests"]


def test_one_renewal_that_fails_publishes_no_manifest(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    clock.move(days=1)
    unlucky = sorted(store.objects)[1 + len(manifests(store))]

    def trouble(call: str, key: str) -> None:
        if (call, key) == ("renew", unlucky):
            raise Refused("not today")

    store.trouble = trouble
    before = manifests(store)
    with pytest.raises(RenewalFailed, match=r"1 of 3 needed objects.*not today"):
        house.sync(FolderSnapshot(source, clock.now()))
    assert manifests(store) == before
    others = [one for one in store.versions(PACKS) if one.object.key != unlucky]
    assert all(store.locked_until(one.object) == clock.now().replace(microsecond=0) + timedelta(days=30, seconds=1)
               for one in others)  # fmt: skip

    store.trouble = lambda call, key: None  # noqa: ARG005 – as the port has it
    assert house.sync(FolderSnapshot(source, clock.now())).published


def test_a_renewal_that_the_store_only_pretends_publishes_no_manifest(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    clock.move(days=1)
    monkeypatch.setattr(store, "renew", lambda item, until: None)  # noqa: ARG005 – as the port has it
    with pytest.raises(RenewalFailed, match="is locked only until"):
        house.sync(FolderSnapshot(source, clock.now()))
    assert len(manifests(store)) == 1


def test_an_upload_that_is_not_locked_publishes_no_manifest(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "locked_until", lambda item: None)  # noqa: ARG005 – as the port has it
    with pytest.raises(NotLocked, match="is not locked"):
        house.sync(FolderSnapshot(source, clock.now()))
    assert manifests(store) == []


def test_a_pack_that_is_gone_is_told_and_uploaded_anew(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, tmp_path: Path
) -> None:
    house.sync(FolderSnapshot(source, clock.now()))
    clock.move(days=31)
    lost = next(store.versions(PACKS)).object
    store.delete_version(lost)
    with pytest.raises(VersionGone, match=lost.key):
        house.sync(FolderSnapshot(source, clock.now()))
    assert len(manifests(store)) == 1
    snapshot = FolderSnapshot(source, clock.now())
    assert house.sync(snapshot).new_packs == 1
    assert house.restore(snapshot.name, tmp_path / "back").failed == []


def test_a_published_snapshot_has_its_locks_renewed(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    """No new snapshot for a week: every nightly run still pushes the end of the locks."""
    snapshot = FolderSnapshot(source, clock.now())
    first = house.sync(snapshot)
    clock.move(days=7)
    again = house.sync(snapshot)
    assert (again.published, again.manifest) == (False, first.manifest)
    assert shortest(house, store, first.manifest) >= store.now() + timedelta(days=30)
    assert len(manifests(store)) == 1


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365 * 10])
def test_clocks_that_differ_lock_and_upload_nothing(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path, minutes: int
) -> None:
    snapshot = FolderSnapshot(source, clock.now())
    house.clock = MovingClock(clock.now() + timedelta(minutes=minutes))
    with pytest.raises(ClockSkew, match="this machine says"):
        house.sync(snapshot)
    assert [call for call, _ in store.calls] == ["now"]


def test_a_snapshot_from_the_future_buys_no_years(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, source: Path
) -> None:
    with pytest.raises(ClockSkew, match="still to come"):
        house.sync(FolderSnapshot(source, clock.now() + timedelta(days=3650)))
    assert [call for call, _ in store.calls] == ["now"]


def test_clocks_that_differ_a_little_are_fine_and_the_store_s_counts(
    house: VaultHouse, clock: MovingClock, source: Path
) -> None:
    house.clock = MovingClock(clock.now() + timedelta(minutes=4))
    synced = house.sync(FolderSnapshot(source, house.clock.now()))
    assert synced.locked_until == (house.clock.now() + timedelta(days=30, seconds=1)).replace(microsecond=0)
