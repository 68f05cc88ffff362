"""machiya backup, as a person and a script see it."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contract.cli.conftest import Machiya
from fakes.snapshots import LONG_AGO_NS, facts, write

TODAY = f"daily/{datetime.now().astimezone():%Y-%m-%d}"
MESSAGE = "home.test/you/Maildir/cur/1700000000.abc.machiya,S=6:2,S"


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("machiya.adapters.snapshots.draft.sync_file_system", lambda _descriptor: None)
    monkeypatch.setattr("machiya.bootstrap.restores.sync_file_system", lambda _descriptor: None)


@pytest.fixture
def mail(house: Path) -> Path:
    folder = house / "data" / "bulk" / "mail"
    write(folder / MESSAGE)
    return folder


@pytest.fixture
def saved(machiya: Machiya, mail: Path) -> Path:
    """A house with a snapshot of today; its mail."""
    assert machiya("backup", "run").code == 0
    return mail


def snapshot_folder(house: Path) -> Path:
    return house / "data" / "backup" / TODAY


def test_run_says_what_was_saved_and_list_shows_it(machiya: Machiya, mail: Path) -> None:
    assert mail.exists()
    done = machiya("backup", "run")
    assert done.code == 0
    assert f"{TODAY} is finished: " in done.out
    listed = machiya("backup", "list", "--json")
    (one,) = json.loads(listed.out)
    assert (one["snapshot"], one["house"]) == (TODAY, "machiya.home.test")
    assert "mail" in one["sources"]
    assert TODAY in machiya("backup", "list").out


def test_list_before_the_first_says_what_to_do(machiya: Machiya, house: Path) -> None:
    assert house.exists()
    listed = machiya("backup", "list")
    assert (listed.code, listed.out) == (0, "")
    assert "machiya backup run" in listed.err
    shown = machiya("backup", "show")
    assert (shown.code, "there is no snapshot yet" in shown.err) == (4, True)


def test_run_a_second_time_changes_nothing_unless_asked_to(machiya: Machiya, house: Path, saved: Path) -> None:
    write(saved / "home.test/you/Maildir/new/2")
    before = facts(snapshot_folder(house))
    again = machiya("backup", "run")
    assert (again.code, "is there already; --again replaces it" in again.out) == (0, True)
    assert facts(snapshot_folder(house)) == before
    assert machiya("backup", "run", "--again").code == 0
    assert (snapshot_folder(house) / "mail/home.test/you/Maildir/new/2").exists()


def test_show_tells_what_is_left_out_and_why(machiya: Machiya, saved: Path) -> None:
    assert saved.exists()
    shown = machiya("backup", "show")
    assert shown.code == 0
    assert "left out" in shown.out
    data = json.loads(machiya("backup", "show", TODAY, "--json").out)
    assert all(len(one) == 3 for one in data["omitted"])


def test_browse_lists_a_folder_and_names_what_is_not_there(machiya: Machiya, saved: Path) -> None:
    assert saved.exists()
    assert "mail/" in machiya("backup", "browse").out
    folder = f"mail/{MESSAGE}".rpartition("/")[0]
    (entry,) = json.loads(machiya("backup", "browse", TODAY, folder, "--json").out)
    assert (entry["path"], entry["size_bytes"], entry["type"]) == (f"mail/{MESSAGE}", 6, "file")
    gone = machiya("backup", "browse", TODAY, "mail/none")
    assert (gone.code, f"{TODAY} has no mail/none" in gone.err) == (4, True)
    assert machiya("backup", "browse", "yesterday").code == 2


def test_diff_shows_what_changed_since(machiya: Machiya, saved: Path) -> None:
    same = machiya("backup", "diff")
    assert (same.code, same.out) == (0, "Nothing differs.\n")
    (saved / MESSAGE).rename(saved / f"{MESSAGE}T")
    write(saved / "home.test/you/Maildir/cur/3")
    changed = machiya("backup", "diff")
    assert changed.code == 10
    assert f"added    mail/{Path(MESSAGE).parent}/3" in changed.out
    assert f"renamed  mail/{MESSAGE}T  (was {Path(MESSAGE).name})" in changed.out
    assert machiya("backup", "run", "--weekly").code == 0
    between = json.loads(machiya("backup", "diff", TODAY, TODAY.replace("daily", "weekly"), "--json").out)
    assert {"renamed", "added"} <= {one["kind"] for one in between}


def test_verify_and_scrub_name_what_rotted(machiya: Machiya, house: Path, saved: Path) -> None:
    assert saved.exists()
    assert "every byte is as it was saved" in machiya("backup", "verify").out
    path = snapshot_folder(house) / "mail" / MESSAGE
    path.write_bytes(b"HELLO\n")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    for command in ("verify", "scrub"):
        found = machiya("backup", command)
        assert found.code == 10
        assert f"{TODAY}/mail/{MESSAGE}: its content changed" in found.err
    data = json.loads(machiya("backup", "scrub", "--json").out)
    assert (data["good"], len(data["problems"])) == (False, 1)


def test_restore_goes_to_a_new_folder_by_default(machiya: Machiya, tmp_path: Path, saved: Path) -> None:
    done = machiya("backup", "restore", "latest", "mail")
    target = tmp_path / f"restored-{TODAY.replace('/', '-')}"
    assert (done.code, facts(target / "mail")) == (0, facts(saved))
    again = machiya("backup", "restore", "latest", "mail")
    assert (again.code, "is there already" in again.err) == (2, True)
    onto = machiya("backup", "restore", "latest", "mail", "--to", target)
    assert (onto.code, "as it is there" in onto.out) == (0, True)


def test_restore_refuses_the_backup_disk_and_two_places_at_once(machiya: Machiya, house: Path, saved: Path) -> None:
    assert saved.exists()
    inside = machiya("backup", "restore", "latest", "--to", house / "data/backup/daily/x")
    assert (inside.code, "backup disk itself" in inside.err) == (7, True)
    assert machiya("backup", "restore", "latest", "--to", "x", "--beside").code == 2
    assert machiya("backup", "restore", "latest", "none").code == 4


def test_restore_beside_brings_back_what_is_missing(machiya: Machiya, saved: Path) -> None:
    wanted = facts(saved)
    shutil.rmtree(saved / "home.test")
    look = machiya("backup", "restore", "latest", "mail", "--beside", "--dry-run")
    assert (look.code, f"make     mail/{MESSAGE}" in look.out) == (0, True)
    assert not (saved / "home.test").exists()
    assert machiya("backup", "restore", "latest", "mail", "--beside").code == 0
    restored = facts(saved)
    assert {path: restored[path] for path in wanted} == wanted


def test_restore_replace_asks_and_saves_what_it_replaces(
    machiya: Machiya, house: Path, saved: Path, type_in: Callable[..., None]
) -> None:
    write(saved / MESSAGE, b"damage\n", LONG_AGO_NS + 5)
    alone = machiya("backup", "restore", "latest", "mail", "--replace")
    assert (alone.code, (saved / MESSAGE).read_bytes()) == (7, b"damage\n")
    type_in("n")
    assert machiya("backup", "restore", TODAY, "mail", "--replace").code == 7
    type_in("y")
    done = machiya("backup", "restore", TODAY, "mail", "--replace")
    assert (done.code, (saved / MESSAGE).read_bytes()) == (0, b"hello\n")
    weekly = house / "data/backup" / TODAY.replace("daily", "weekly")
    assert (weekly / "mail" / MESSAGE).read_bytes() == b"damage\n"
    write(saved / MESSAGE, b"again\n", LONG_AGO_NS + 6)
    refused = machiya("backup", "restore", TODAY, "mail", "--replace", "--yes")
    assert (refused.code, (saved / MESSAGE).read_bytes()) == (7, b"again\n")


def test_forget_wants_the_name_typed_and_keeps_the_last_good(
    machiya: Machiya, house: Path, saved: Path, type_in: Callable[..., None]
) -> None:
    assert saved.exists()
    last = machiya("backup", "forget", TODAY, "--yes")
    assert (last.code, "is the last good snapshot and stays" in last.err) == (7, True)
    assert machiya("backup", "run", "--weekly").code == 0
    assert machiya("backup", "forget", TODAY).code == 7
    type_in("daily/2020-01-01")
    assert machiya("backup", "forget", TODAY).code == 7
    assert snapshot_folder(house).exists()
    type_in(TODAY)
    assert machiya("backup", "forget", TODAY).code == 0
    assert not snapshot_folder(house).exists()
    assert "backup.forget" in machiya("audit", "list").out
    assert machiya("backup", "forget", TODAY, "--yes").code == 4


def test_forget_does_not_count_a_damaged_one_as_good(machiya: Machiya, house: Path, saved: Path) -> None:
    assert saved.exists()
    assert machiya("backup", "run", "--weekly").code == 0
    weekly = TODAY.replace("daily", "weekly")
    manifest = house / "data/backup" / weekly / "manifest.jsonl.zst"
    manifest.write_bytes(manifest.read_bytes()[:50])
    assert machiya("backup", "forget", TODAY, "--yes").code == 7
    assert "damaged" in machiya("backup", "list").out
    assert machiya("backup", "forget", weekly, "--yes").code == 0


def test_run_says_what_could_not_be_saved(machiya: Machiya, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("machiya.adapters.snapshots.walk.DEEPEST", 3)
    assert saved.exists()
    done = machiya("backup", "run", "--weekly")
    assert done.code == 10
    assert "not saved: deeper than 3 folders" in done.err


def test_what_could_not_be_saved_is_told_again(machiya: Machiya, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert saved.exists()
    with monkeypatch.context() as patch:
        patch.setattr("machiya.adapters.snapshots.walk.DEEPEST", 3)
        done = machiya("backup", "run", "--weekly", "--json")
    assert (done.code, json.loads(done.out)["lost"] > 0) == (10, True)
    again = machiya("backup", "run", "--weekly")
    assert (again.code, "could not be saved in it" in again.err) == (10, True)
    assert "files or folders that could not be read" in machiya("backup", "show", TODAY.replace("daily", "weekly")).out
    assert machiya("backup", "run", "--weekly", "--again").code == 0


def test_list_warns_of_a_snapshot_from_the_future(
    machiya: Machiya, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saved.exists()
    monkeypatch.setattr("machiya.adapters.snapshots.disk.AHEAD", timedelta(days=-1))
    listed = machiya("backup", "list")
    assert f"{TODAY} was taken later than now" in listed.err
    assert [one["ahead"] for one in json.loads(machiya("backup", "list", "--json").out)] == [True]
    assert machiya("backup", "show").code == 4


def test_run_refuses_a_disk_that_is_not_mounted(machiya: Machiya, house: Path, saved: Path) -> None:
    assert saved.exists()
    shutil.rmtree(house / "data/backup")
    for command in (("run",), ("list",), ("restore", "latest")):
        refused = machiya("backup", *command)
        assert (refused.code, "is not mounted" in refused.err) == (9, True)
    assert not (house / "data/backup").exists()
    assert machiya("backup", "run", "--new-disk").code == 0


def test_run_refuses_a_disk_without_room(
    machiya: Machiya, house: Path, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mail.exists()
    monkeypatch.setenv("MACHIYA_BACKUP__MINIMUM_FREE", "1000000 GiB")
    refused = machiya("backup", "run", "--json")
    assert (refused.code, json.loads(refused.err)["error"]["code"]) == (9, "backup_disk_full")
    assert not (house / "data/backup/daily").exists()


def test_two_at_once_are_refused(machiya: Machiya, house: Path, saved: Path) -> None:
    from machiya.bootstrap import open_house  # noqa: PLC0415 – only here

    assert saved.exists()
    with open_house(house).lock("backup"):
        for command in (("run", "--again"), ("restore", "latest")):
            refused = machiya("backup", *command)
            assert (refused.code, "another machiya is busy with backup" in refused.err) == (6, True)
