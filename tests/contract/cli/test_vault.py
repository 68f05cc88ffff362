"""machiya vault, as a person and a script see it: a folder, and SeaweedFS (marker ``seaweedfs``)."""

import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract.cli.conftest import Machiya, Outcome
from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree
from integration.vault.seaweedfs import SeaweedFs
from machiya.backup.model import Rota
from machiya.bootstrap import House

EXIT_ATTENTION, EXIT_UNAVAILABLE = 10, 9


class Disk:
    """The backup disk with one snapshot."""

    def __init__(self, snapshot: FolderSnapshot) -> None:
        self.snapshot = snapshot

    def find(self, _name: object) -> FolderSnapshot:
        return self.snapshot

    def newest(self, _rota: Rota | None = None) -> FolderSnapshot:
        return self.snapshot


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderSnapshot:
    source = tmp_path / "source" / "mail"
    source.mkdir(parents=True)
    for number in range(5):
        (source / f"{number}.eml").write_bytes(f"Subject: {number}\n".encode())
    snapshot = FolderSnapshot(source.parent, datetime.now(tz=UTC).replace(microsecond=0) - timedelta(minutes=1))
    monkeypatch.setattr(House, "backups", SimpleNamespace(disk=Disk(snapshot)), raising=False)
    return snapshot


def configured(house: Path, monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"MACHIYA_VAULT__{name}".upper(), str(value))
    assert (house / "machiya.toml").exists()


@pytest.fixture
def in_folder(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nas").mkdir()
    configured(house, monkeypatch, provider="folder", folder=tmp_path / "nas")
    return house


@pytest.fixture(scope="module")
def seaweedfs() -> Iterator[SeaweedFs]:
    with SeaweedFs() as server:
        yield server


@pytest.fixture
def in_bucket(house: Path, seaweedfs: SeaweedFs, monkeypatch: pytest.MonkeyPatch, machiya: Machiya) -> Path:
    bucket = seaweedfs.new_bucket()
    where = {"bucket": bucket.name, "region": bucket.region, "endpoint": bucket.endpoint}
    configured(house, monkeypatch, provider="s3", **where)
    for name, value in (("access_key_id", bucket.access_key_id), ("secret_access_key", bucket.secret_access_key)):
        monkeypatch.setattr("sys.stdin", _line(value))
        assert machiya("--house", house, "secret", "set", f"vault_{name}").code == 0
    return house


def _line(text: str) -> Any:
    import io  # noqa: PLC0415 – only here

    return io.StringIO(f"{text}\n")


def said(outcome: Outcome) -> Any:
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_a_house_without_a_vault_says_how_to_get_one(house: Path, machiya: Machiya) -> None:
    outcome = machiya("--house", house, "vault", "status")
    assert outcome.code == 7
    assert "no vault" in outcome.err
    assert "[vault]" in outcome.err


def test_there_and_back_in_a_folder_with_the_honest_note(
    in_folder: Path, machiya: Machiya, snapshot: FolderSnapshot, tmp_path: Path
) -> None:
    run = ("--house", in_folder, "vault")
    synced = machiya(*run, "sync")
    assert synced.code == 0, synced.err
    assert "Nothing locks a folder" in synced.err
    status = machiya(*run, "status")
    assert status.code == 0, status.err
    assert "nothing is locked" in status.out
    check = machiya(*run, "check")
    assert (check.code, "Nothing locks a folder" in check.err) == (0, True)
    restored = machiya(*run, "restore", str(snapshot.name), tmp_path / "back")
    assert "5 files" in restored.out
    assert tree(tmp_path / "back") == tree(snapshot.folder)
    assert (tmp_path / "nas" / "restore" / "README.txt").exists()


def test_a_folder_that_is_not_mounted_is_not_made(
    in_folder: Path, machiya: Machiya, snapshot: FolderSnapshot, tmp_path: Path
) -> None:
    (tmp_path / "nas").rmdir()
    outcome = machiya("--house", in_folder, "vault", "sync", str(snapshot.name))
    assert outcome.code == 9
    assert "Mount the disk" in outcome.err
    assert not (tmp_path / "nas").exists()


def test_what_is_encrypted_is_opened_with_the_host_key(
    in_folder: Path, machiya: Machiya, snapshot: FolderSnapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MACHIYA_VAULT__ENCRYPT", "true")
    run = ("--house", in_folder, "vault")
    said(machiya(*run, "sync", "--json"))
    names = [path.name for path in (tmp_path / "nas").rglob("*.zst*")]
    assert len(names) == 2
    assert all(name.endswith(".age") for name in names)
    assert not any(b"Subject" in path.read_bytes() for path in (tmp_path / "nas").rglob("*.age"))
    said(machiya(*run, "restore", str(snapshot.name), tmp_path / "back", "--json"))
    assert tree(tmp_path / "back") == tree(snapshot.folder)


def test_after_a_fire_the_recovery_key_opens_what_is_encrypted(
    in_folder: Path, machiya: Machiya, snapshot: FolderSnapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MACHIYA_VAULT__ENCRYPT", "true")
    run = ("--house", in_folder, "vault")
    key = House(in_folder).secrets.new_recovery_key().private
    said(machiya(*run, "sync", "--json"))

    def typed(*words: object) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
        return machiya(*words)

    assert typed("--house", in_folder, "secret", "recover").code == 0
    shutil.rmtree(House(in_folder).settings.storage.bulk / "vault")
    (fault,) = said(machiya(*run, "list", "--json"))
    assert "cannot be opened with the keys at hand" in fault["fault"]
    (known,) = said(typed(*run, "list", "--recovery-key", "--json"))
    assert known["fault"] == ""
    said(typed(*run, "restore", str(snapshot.name), tmp_path / "back", "--recovery-key", "--json"))
    assert tree(tmp_path / "back") == tree(snapshot.folder)
    assert said(machiya(*run, "sync", "--json"))["new_packs"] == 0


def test_nothing_is_written_where_the_known_vault_is_not_mounted(
    in_folder: Path, machiya: Machiya, snapshot: FolderSnapshot, tmp_path: Path
) -> None:
    run = ("--house", in_folder, "vault")
    assert machiya(*run, "list").code == EXIT_UNAVAILABLE, "only check and sync begin a vault"
    said(machiya(*run, "sync", "--json"))
    (tmp_path / "nas").rename(tmp_path / "unplugged")
    (tmp_path / "nas").mkdir()
    for command in ("sync", "sync", "check", "renew", "status"):
        outcome = machiya(*run, command)
        assert outcome.code == EXIT_UNAVAILABLE, outcome.err
        assert "Mount the disk" in outcome.err
    assert list((tmp_path / "nas").iterdir()) == []
    (tmp_path / "nas").rmdir()
    (tmp_path / "unplugged").rename(tmp_path / "nas")
    assert not said(machiya(*run, "sync", "--json"))["published"]
    said(machiya(*run, "restore", str(snapshot.name), tmp_path / "back", "--json"))


def test_a_folder_with_something_else_becomes_no_vault(in_folder: Path, machiya: Machiya, tmp_path: Path) -> None:
    (tmp_path / "nas" / "photos").mkdir()
    outcome = machiya("--house", in_folder, "vault", "check")
    assert outcome.code == EXIT_UNAVAILABLE
    assert "holds something else: photos" in outcome.err


def test_what_cannot_be_restored_is_named(
    in_folder: Path, machiya: Machiya, snapshot: FolderSnapshot, tmp_path: Path
) -> None:
    run = ("--house", in_folder, "vault")
    machiya(*run, "sync")
    (pack,) = (tmp_path / "nas" / "packs").iterdir()
    pack.unlink()
    status = machiya(*run, "status")
    assert status.code == EXIT_ATTENTION
    assert pack.name in status.out
    restored = machiya(*run, "restore", str(snapshot.name), tmp_path / "back")
    assert restored.code == EXIT_ATTENTION
    assert "mail/3.eml" in restored.err


@pytest.mark.seaweedfs
def test_check_sync_status_and_restore_on_s3(
    in_bucket: Path, machiya: Machiya, snapshot: FolderSnapshot, tmp_path: Path
) -> None:
    run = ("--house", in_bucket, "vault")
    assert {one["fault"] for one in said(machiya(*run, "check", "--json"))["promises"]} == {""}
    synced = said(machiya(*run, "sync", "--json"))
    assert (synced["published"], synced["new_packs"]) == (True, 1)
    status = machiya(*run, "status")
    assert status.code == 0, status.err
    assert "29 days" in status.out or "30 days" in status.out
    (listed,) = said(machiya(*run, "list", "--json"))
    assert (listed["own"], listed["key"]) == (True, synced["manifest"])
    assert machiya(*run, "renew").out == "2 objects are locked anew\n"
    assert machiya(*run, "gc").out == "0 snapshots and 0 packs (0 B)\n"
    restored = said(machiya(*run, "restore", str(snapshot.name), tmp_path / "back", "--path", "mail/1.eml", "--json"))
    assert (restored["files"], restored["failed"]) == (1, [])
    assert (tmp_path / "back" / "mail" / "1.eml").read_bytes() == b"Subject: 1\n"


@pytest.mark.seaweedfs
def test_a_store_that_locks_nothing_gets_nothing(
    house: Path, machiya: Machiya, seaweedfs: SeaweedFs, in_bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = seaweedfs.new_bucket(locked=False)
    monkeypatch.setenv("MACHIYA_VAULT__BUCKET", bucket.name)
    monkeypatch.setattr(House, "backups", SimpleNamespace(disk=Disk(FolderSnapshot(house / "data"))), raising=False)
    outcome = machiya("--house", in_bucket, "vault", "sync")
    assert outcome.code == 7
    assert "default lock" in outcome.err
    found = seaweedfs.client().list_objects_v2(Bucket=bucket.name)
    assert not [one["Key"] for one in found.get("Contents", []) if not one["Key"].startswith("checks/")]


def test_job_puts_the_newest_snapshot_into_the_vault(machiya: Machiya, in_folder: Path) -> None:
    """With the real backup disk; an old snapshot does not pass for a backup that succeeded."""
    assert machiya("--house", in_folder, "job", "run", "vault.sync").code == EXIT_ATTENTION  # there is no snapshot
    assert machiya("--house", in_folder, "job", "run", "backup.daily").code == 0
    done = machiya("--house", in_folder, "job", "run", "vault.sync")
    assert (done.code, "locked by nobody: it is a folder" in done.err) == (0, True)
    [listed] = json.loads(machiya("--house", in_folder, "vault", "list", "--json").out)
    assert listed["snapshot"] == str(House(in_folder).backups.disk.names()[0])


def test_job_is_not_there_without_a_vault(machiya: Machiya, house: Path) -> None:
    assert "vault.sync" not in machiya("--house", house, "job", "list").out
