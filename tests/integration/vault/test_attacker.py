"""Somebody has the keys of the house, of the owner even: everything that they can do, and older snapshots restore."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes.forged_manifest import day_of, entry, forged, key_of
from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree, write_hard_tree
from fakes.vault_house import VaultHouse
from integration.vault.seaweedfs import SeaweedFs
from machiya.adapters.vault_s3.client import Bucket
from machiya.adapters.vault_s3.store import S3Store
from machiya.backup.model import SnapshotName
from machiya.core.clock import SystemClock
from machiya.core.errors import MachiyaError

pytestmark = pytest.mark.seaweedfs

Attack = Callable[[Any, Bucket, list[dict[str, Any]]], None]


def refused(attempt: Callable[..., object], **values: Any) -> None:
    with pytest.raises(ClientError) as error:
        attempt(**values)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def hard_delete(client: Any, bucket: Bucket, versions: list[dict[str, Any]]) -> None:
    for one in versions:
        where = {"Bucket": bucket.name, "Key": one["Key"], "VersionId": one["VersionId"]}
        refused(client.delete_object, **where)
        refused(client.delete_object, **where, BypassGovernanceRetention=True)


def shorten(client: Any, bucket: Bucket, versions: list[dict[str, Any]]) -> None:
    soon = datetime.now(tz=UTC) + timedelta(seconds=5)
    for one in versions:
        where = {"Bucket": bucket.name, "Key": one["Key"], "VersionId": one["VersionId"]}
        for mode in ("COMPLIANCE", "GOVERNANCE"):
            refused(
                client.put_object_retention,
                **where,
                BypassGovernanceRetention=True,
                Retention={"Mode": mode, "RetainUntilDate": soon},
            )


def hide_behind_markers(client: Any, bucket: Bucket, versions: list[dict[str, Any]]) -> None:
    for one in versions:
        client.delete_object(Bucket=bucket.name, Key=one["Key"])


def overwrite(client: Any, bucket: Bucket, versions: list[dict[str, Any]]) -> None:
    for one in versions:
        client.put_object(Bucket=bucket.name, Key=one["Key"], Body=b"your files are encrypted, pay here")


def bury(client: Any, bucket: Bucket, versions: list[dict[str, Any]]) -> None:
    overwrite(client, bucket, versions)
    hide_behind_markers(client, bucket, versions)
    overwrite(client, bucket, versions)


def litter(client: Any, bucket: Bucket, versions: list[dict[str, Any]]) -> None:
    """Names that look like manifests and are none."""
    first = next(one["Key"] for one in versions if "manifests/" in one["Key"])
    for number in range(20):
        name = first.rpartition("/")[0] + f"/20990101T0000{number:02}Z." + "0" * 64 + ".jsonl.zst"
        client.put_object(Bucket=bucket.name, Key=name, Body=b"\x28\xb5\x2f\xfd junk")


@pytest.mark.parametrize("attack", [hard_delete, shorten, hide_behind_markers, overwrite, bury, litter])
@pytest.mark.parametrize("with_index", [True, False], ids=["house-there", "house-lost"])
def test_an_older_snapshot_restores_byte_by_byte(
    seaweedfs: SeaweedFs, bucket: Bucket, house: VaultHouse, tmp_path: Path, attack: Attack, *, with_index: bool
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    write_hard_tree(source)
    snapshot = FolderSnapshot(source, datetime.now(tz=UTC))
    house.sync(snapshot)
    client = seaweedfs.client()
    attack(client, bucket, client.list_object_versions(Bucket=bucket.name)["Versions"])
    if not with_index:
        house.lose_index()
    restored = house.restore(snapshot.name, tmp_path / "back")
    assert restored.failed == []
    assert tree(tmp_path / "back") == tree(source)


def test_a_forged_newer_manifest_does_not_take_the_older_one_s_place(
    bucket: Bucket, house: VaultHouse, tmp_path: Path
) -> None:
    """Made with Machiya itself and the house's keys: whole, newer, of the same name – and of other content."""
    source, forged = tmp_path / "source", tmp_path / "forged"
    for folder, text in ((source, "true"), (forged, "forged")):
        folder.mkdir()
        (folder / "accounts.txt").write_text(text)
    now = datetime.now(tz=UTC)
    true, false = FolderSnapshot(source, now - timedelta(hours=2)), FolderSnapshot(forged, now)
    false = FolderSnapshot(forged, now, day=true.name.day)
    house.sync(true)
    forger = VaultHouse(S3Store(bucket), tmp_path / "forger", SystemClock())
    forger.sync(false)
    forger.index.close()
    assert [one.own for one in house.list()] == [False, True]
    house.restore(true.name, tmp_path / "known")
    house.lose_index()
    house.restore(true.name, tmp_path / "lost")
    assert (tmp_path / "known" / "accounts.txt").read_text() == "true"
    assert (tmp_path / "lost" / "accounts.txt").read_text() == "true"


@pytest.mark.parametrize("lie", ["symlink", "hard_link"])
def test_a_forged_manifest_writes_nothing_outside(
    seaweedfs: SeaweedFs, bucket: Bucket, house: VaultHouse, tmp_path: Path, lie: str
) -> None:
    """Of a name that the house does not have, so that it is what gets restored."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "shadow").write_text("secret")
    before = tree(outside)
    link = str(outside) if lie == "symlink" else "../outside/shadow"
    name = day_of(datetime.now(tz=UTC) - timedelta(days=3))
    data = forged(name, [entry("a", lie, link=link), entry("a/new/x", "symlink", link="payload")])
    seaweedfs.client().put_object(Bucket=bucket.name, Key=bucket.prefix + key_of(name, data), Body=data)
    with suppress(MachiyaError):  # refused whole, or entry by entry
        assert house.restore(SnapshotName.parse(name), tmp_path / "back").failed
    assert tree(outside) == before
    assert (outside / "shadow").stat().st_nlink == 1


def test_a_sync_after_the_attack_locks_everything_again(
    seaweedfs: SeaweedFs, bucket: Bucket, house: VaultHouse, tmp_path: Path
) -> None:
    """Locks are renewed by version, so that what hides behind a marker does not run out unseen."""
    source = tmp_path / "source"
    source.mkdir()
    write_hard_tree(source)
    now = datetime.now(tz=UTC)
    house.sync(FolderSnapshot(source, now - timedelta(days=1)))
    client = seaweedfs.client()
    bury(client, bucket, client.list_object_versions(Bucket=bucket.name)["Versions"])
    house.rules = type(house.rules)(lock_days=40, pack_bytes=house.rules.pack_bytes, parallel=2)
    synced = house.sync(FolderSnapshot(source, now))
    assert synced.new_packs == 0
    for item in (*house.index.packs_of(synced.manifest), synced.manifest):
        until = house.store.locked_until(item)
        assert until is not None
        assert until >= now + timedelta(days=40)
