"""machiya backup restore to where it was, after a loss."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from contract.cli.conftest import Machiya
from fakes.snapshots import write
from machiya.adapters.snapshots.manifest_file import MANIFEST

MESSAGE = "home.test/you/Maildir/cur/1700000000.abc.machiya,S=6:2,S"
QUEUED = "postfix/active/ABC"
HELD = "hold/new/1"


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("machiya.adapters.snapshots.draft.sync_file_system", lambda _descriptor: None)
    monkeypatch.setattr("machiya.bootstrap.restores.sync_file_system", lambda _descriptor: None)


@pytest.fixture
def bulk(machiya: Machiya, house: Path) -> Path:
    """A house with a snapshot of its mail, held mail too; where they are."""
    bulk = house / "data" / "bulk"
    for name in (f"mail/{MESSAGE}", HELD):
        write(bulk / name)
    (bulk / "mail").chmod(0o751)
    assert machiya("backup", "run").code == 0
    return bulk


def snapshot_folder(house: Path) -> Path:
    (found,) = (house / "data/backup/daily").iterdir()
    return found


@pytest.mark.parametrize("how", ["--beside", "--replace"])
def test_a_folder_that_was_lost_comes_back_with_its_mode(machiya: Machiya, bulk: Path, how: str) -> None:
    shutil.rmtree(bulk / "mail")
    look = json.loads(machiya("backup", "restore", "latest", "mail", how, "--dry-run", "--json").out)
    done = machiya("backup", "restore", "latest", "mail", "--beside", "--json")
    assert done.code == 0
    assert json.loads(done.out)["steps"] == look["steps"]
    assert (bulk / "mail" / MESSAGE).read_bytes() == b"hello\n"
    assert stat.S_IMODE((bulk / "mail").stat().st_mode) == 0o751


def test_mail_on_its_way_is_put_back_only_if_it_is_named(machiya: Machiya, bulk: Path) -> None:
    for name in (f"mail/{MESSAGE}", HELD):
        (bulk / name).unlink()
    done = machiya("backup", "restore", "latest", "--beside")
    assert done.code == 0
    assert "hold: not put back" in done.err
    assert (bulk / "mail" / MESSAGE).exists()
    assert not (bulk / HELD).exists()
    assert json.loads(machiya("backup", "restore", "latest", "--beside", "--json").out)["left_out"] == ["hold"]
    named = machiya("backup", "restore", "latest", "hold", "--beside")
    assert (named.code, "not put back" in named.err) == (0, False)
    assert (bulk / HELD).exists()


def test_a_source_that_the_snapshot_lost_is_named_and_the_exit_code_says_so(
    machiya: Machiya, house: Path, bulk: Path
) -> None:
    assert bulk.exists()
    shutil.rmtree(snapshot_folder(house) / "mail")
    shutil.rmtree(bulk / "mail" / "home.test")
    done = machiya("backup", "restore", "latest", "mail", "--beside")
    assert done.code == 10
    assert f"mail/{MESSAGE}: it is missing in the snapshot" in done.err.replace("\n", " ")


@pytest.mark.parametrize("how", [("--beside",), ("--replace", "--yes"), ("--to", "new")])
def test_a_damaged_manifest_is_found_before_anything_is_written(
    machiya: Machiya, house: Path, bulk: Path, tmp_path: Path, how: tuple[str, ...]
) -> None:
    shutil.rmtree(bulk / "mail" / "home.test")
    manifest = snapshot_folder(house) / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:-8])
    name = f"daily/{manifest.parent.name}"
    done = machiya("backup", "restore", name, "mail", *how)
    assert (done.code, "manifest" in done.err) == (1, True)
    assert list((bulk / "mail").iterdir()) == []
    assert not (tmp_path / "new").exists()
    assert not (house / "data/backup/weekly").exists() or not list((house / "data/backup/weekly").iterdir())


def test_what_came_back_without_its_owner_is_named(
    machiya: Machiya, bulk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    (bulk / "mail" / MESSAGE).unlink()
    monkeypatch.setattr(os, "fchown", refuse)
    done = machiya("backup", "restore", "latest", "mail", "--beside")
    said = " ".join(done.err.split())
    assert done.code == 0
    assert f"1 came back without their owner or all of their attributes: mail/{MESSAGE}" in said
    assert (bulk / "mail" / MESSAGE).exists()
