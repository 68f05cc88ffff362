"""A spare laptop: the script that lies in the vault itself, with aws, zstd and tar, and nothing of Machiya."""

import hashlib
import json
import subprocess  # noqa: TID251 – the script runs as a person would run it
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree, write_hard_tree
from fakes.vault_house import VaultHouse
from integration.vault import aws
from integration.vault.seaweedfs import SeaweedFs
from machiya.adapters.vault_folder.store import FolderStore
from machiya.adapters.vault_s3.client import Bucket
from machiya.backup.vault.leaflet import leave_leaflet
from machiya.core.clock import SystemClock

pytestmark = pytest.mark.seaweedfs


@pytest.fixture
def snapshot(tmp_path: Path) -> FolderSnapshot:
    source = tmp_path / "source"
    source.mkdir()
    write_hard_tree(source)
    return FolderSnapshot(source, datetime.now(tz=UTC))


@pytest.fixture
def laptop(tmp_path: Path, bucket: Bucket) -> dict[str, str]:
    """An environment whose Python knows nothing of Machiya, and that has aws."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "aws").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{aws.__file__}" "$@"\n')
    (programs / "aws").chmod(0o755)
    keys = {"AWS_ACCESS_KEY_ID": bucket.access_key_id, "AWS_SECRET_ACCESS_KEY": bucket.secret_access_key}
    return keys | {"PATH": f"{programs}:/usr/bin:/bin", "AWS_DEFAULT_REGION": bucket.region, "LC_ALL": "C.UTF-8"}


def fetched(seaweedfs: SeaweedFs, bucket: Bucket, key: str, target: Path) -> Path:
    found: dict[str, Any] = seaweedfs.client().get_object(Bucket=bucket.name, Key=bucket.prefix + key)
    target.write_bytes(found["Body"].read())
    return target


def run(laptop: dict[str, str], script: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 – fixed argv
        ["/usr/bin/env", "python3", "-I", str(script), *words], env=laptop, capture_output=True, text=True, check=False
    )


def test_the_script_in_the_vault_restores_it(
    seaweedfs: SeaweedFs, bucket: Bucket, house: VaultHouse, snapshot: FolderSnapshot, laptop: dict[str, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    synced = house.sync(snapshot)
    leave_leaflet(house.store, synced.locked_until)
    script = fetched(seaweedfs, bucket, "restore/restore.py", tmp_path / "restore.py")
    where = ("--bucket", bucket.name, "--endpoint", bucket.endpoint, "--prefix", bucket.prefix)
    listed = run(laptop, script, *where, "list")
    _, key, version = listed.stdout.split()
    assert (key, version) == (synced.manifest.key, synced.manifest.version), listed.stderr
    done = run(laptop, script, *where, "restore", key, version, str(tmp_path / "back"))
    assert done.returncode == 0, done.stderr
    back = tree(tmp_path / "back")
    assert back == tree(snapshot.folder)
    part = run(laptop, script, *where, "restore", key, version, str(tmp_path / "part"), "--path", "mail/cur")
    assert part.returncode == 0, part.stderr
    assert len(list((tmp_path / "part" / "mail" / "cur").iterdir())) == 42


def test_the_script_names_what_is_damaged_in_a_folder(
    snapshot: FolderSnapshot, laptop: dict[str, str], tmp_path: Path
) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    store = FolderStore(vault, SystemClock())
    store.begin()
    house = VaultHouse(store, tmp_path / "house", SystemClock())
    synced = house.sync(snapshot)
    leave_leaflet(house.store, synced.locked_until)
    house.index.close()
    script = vault / "restore" / "restore.py"
    words = ("--folder", str(vault), "restore", synced.manifest.key, "-")
    assert run(laptop, script, *words, str(tmp_path / "back")).returncode == 0
    assert tree(tmp_path / "back") == tree(snapshot.folder)
    pack = vault / min(house_pack.key for house_pack in _packs(vault))
    pack.write_bytes(pack.read_bytes()[:-1] + b"?")
    done = run(laptop, script, *words, str(tmp_path / "damaged"))
    assert done.returncode == 1
    assert f"packs/{pack.name} is damaged" in done.stderr


def _packs(vault: Path) -> list[Any]:
    return [one.object for one in FolderStore(vault, SystemClock()).versions("packs/")]


def test_by_hand_with_tar_and_zstd(
    seaweedfs: SeaweedFs, bucket: Bucket, house: VaultHouse, snapshot: FolderSnapshot, tmp_path: Path
) -> None:
    """As the leaflet says: the manifest's line, the pack, the member that is named by the hash."""
    synced = house.sync(snapshot)
    manifest = fetched(seaweedfs, bucket, synced.manifest.key, tmp_path / "manifest.zst")
    said = subprocess.run(["zstd", "-dc", manifest], capture_output=True, check=True).stdout  # noqa: S603, S607 – fixed argv
    lines = [json.loads(line) for line in said.splitlines()]
    line = next(one for one in lines if one.get("path") == "mail/cur/7.eml")
    pack = fetched(seaweedfs, bucket, line["pack"], tmp_path / "pack.tar.zst")
    content = subprocess.run(  # noqa: S603 – fixed argv
        ["tar", "--zstd", "-xOf", pack, line["sha256"]],  # noqa: S607 – the one that is there
        capture_output=True,
        check=True,
    ).stdout
    assert content == (snapshot.folder / "mail" / "cur" / "7.eml").read_bytes()
    assert hashlib.sha256(pack.read_bytes()).hexdigest() in line["pack"]


def test_the_leaflet_is_stored_once_and_stays_locked(house: VaultHouse, snapshot: FolderSnapshot) -> None:
    until = house.sync(snapshot).locked_until
    leave_leaflet(house.store, until)
    later = until + timedelta(days=1)
    leave_leaflet(house.store, later)
    items = [one.object for one in house.store.versions("restore/")]
    assert [item.key for item in items] == ["restore/README.txt", "restore/restore.py"]
    assert [house.store.locked_until(item) for item in items] == [later, later]
