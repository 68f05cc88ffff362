"""machiya backup find and restore-mail, as a person and a script see them."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from contract.cli.conftest import Machiya
from fakes.saved_mail import JAPANESE, message
from fakes.snapshots import write

DAY = f"{datetime.now().astimezone():%Y-%m-%d}"


@pytest.fixture
def file(house: Path, machiya: Machiya, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A message with a Japanese subject of you@home.test, saved in a snapshot; its file."""
    monkeypatch.setattr("machiya.adapters.snapshots.draft.sync_file_system", lambda _descriptor: None)
    maildir = house / "data/bulk/mail/home.test/you/Maildir"
    for part in ("tmp", "new"):
        (maildir / part).mkdir(parents=True)
    file = write(maildir / "cur/1700000000.a.x:2,S", message(JAPANESE, "Yamada <yamada@out.test>"))
    assert machiya("backup", "run").code == 0
    return file


@pytest.mark.usefixtures("file")
def test_find_shows_a_table_and_data(machiya: Machiya) -> None:
    found = machiya("backup", "find", "--subject", "見積", "--from", "YAMADA", "all")
    assert found.code == 0
    heading, line = found.out.splitlines()
    assert heading.split() == ["snapshot", "mailbox", "folder", "received", "from", "subject", "id"]
    for part in (f"daily/{DAY}", "you@home.test", "INBOX", "2023-11-1", "見積の件"):
        assert part in line
    [data] = json.loads(machiya("backup", "find", "--json").out)
    assert (data["folder"], data["flags"], data["id"]) == ("INBOX", "S", data["sha256"][:12])


@pytest.mark.usefixtures("file")
def test_find_by_day_and_mailbox(machiya: Machiya) -> None:
    def number(*arguments: str) -> int:
        return len(json.loads(machiya("backup", "find", "--json", *arguments).out))

    assert number("--since", "2023-11-10", "--until", "2023-11-20", "--mailbox", "you@home.test") == 1
    assert number("--since", "2023-11-20") == number("--until", "2023-11-10") == 0
    assert number("--mailbox", "nobody@home.test") == 0
    wrong = machiya("backup", "find", "--since", "yesterday")
    assert (wrong.code, "Write it like 2026-11-29" in wrong.err) == (2, True)


def test_find_says_that_more_fit_and_which_cannot_be_read(machiya: Machiya, house: Path, file: Path) -> None:
    write(file.with_name("1700000001.b.x:2,"), message("newer"))
    machiya("backup", "run", "--again")
    shown = machiya("backup", "find", "--limit", "1")
    assert (len(shown.out.splitlines()), "2 messages fit, the newest 1 are shown" in shown.err) == (2, True)
    (house / f"data/backup/daily/{DAY}/mail/home.test/you/Maildir/cur/{file.name}").unlink()
    shown = machiya("backup", "find")
    assert "(cannot be read)" in shown.out
    assert "1 of them cannot be read" in shown.err


def test_restore_mail_brings_a_message_back_once(machiya: Machiya, house: Path, file: Path) -> None:
    file.unlink()
    [data] = json.loads(machiya("backup", "find", "--json").out)
    arguments = ("backup", "restore-mail", "you@home.test", "--message", data["id"])
    looked = machiya(*arguments, "--dry-run")
    assert looked.out.splitlines()[:2] == [
        f"would make the folder Restored {DAY}/INBOX",
        f"restore  {data['id']}  INBOX -> Restored {DAY}/INBOX",
    ]
    assert list(file.parent.iterdir()) == []
    done = machiya(*arguments)
    assert (done.code, done.out.splitlines()) == (
        0,
        [f"made the folder Restored {DAY}/INBOX", f"1 restored; {data['size_bytes']} B."],
    )
    [back] = (file.parents[1] / f".Restored {DAY}.INBOX/cur").iterdir()
    assert back.read_bytes() == message(JAPANESE, "Yamada <yamada@out.test>")
    assert machiya(*arguments).out.splitlines() == ["1 there already; 0 B."]
    assert "見積の件" in machiya("mail", "list", "you@home.test").out
    assert not (file.parents[1] / "subscriptions").exists()
    assert "backup.restore_mail" in machiya("audit", "list").out
    assert house.exists()


def test_restore_mail_puts_it_beside_what_is_there_or_into_a_folder(machiya: Machiya, file: Path) -> None:
    file.unlink()
    [step] = json.loads(
        machiya("backup", "restore-mail", "you@home.test", "--into", "戻し", "--json", "--dry-run").out
    )["messages"]
    assert (step["step"], step["folder"]) == ("restore", "戻し/INBOX")
    assert machiya("backup", "restore-mail", "you@home.test", "--folder", "INBOX", "--beside").code == 0
    assert len(list(file.parent.iterdir())) == 1
    both = machiya("backup", "restore-mail", "you@home.test", "--into", "x", "--beside")
    assert (both.code, "exclude one another" in both.err) == (2, True)


def test_restore_mail_tells_what_is_damaged_with_code_10(machiya: Machiya, house: Path, file: Path) -> None:
    file.unlink()
    write(house / f"data/backup/daily/{DAY}/mail/home.test/you/Maildir/cur/{file.name}", b"rotten")
    done = machiya("backup", "restore-mail", "you@home.test", "--beside")
    assert (done.code, "1 not restored, damaged in this snapshot" in done.out) == (10, True)
    assert list(file.parent.iterdir()) == []


def test_restore_mail_refuses_a_mailbox_that_is_not_or_would_be_too_full(machiya: Machiya, file: Path) -> None:
    file.unlink()
    machiya("mailbox", "change", "you@home.test", "--quota", "10 B")
    full = machiya("backup", "restore-mail", "you@home.test")
    assert (full.code, "may hold 10 B" in full.err) == (7, True)
    assert list(file.parent.iterdir()) == []
    machiya("mailbox", "add", "other@home.test", "--generate-password")
    none = machiya("backup", "restore-mail", "other@home.test")
    assert (none.code, "has no message of that mailbox and folder" in none.err) == (4, True)


def test_restore_mail_writes_nothing_where_the_disk_of_the_mail_is_not_mounted(
    machiya: Machiya, house: Path, file: Path
) -> None:
    assert file.exists()
    mail = house / "data/bulk/mail"
    mail.rename(house / "elsewhere")
    done = machiya("backup", "restore-mail", "you@home.test")
    assert (done.code, "is its disk mounted?" in done.err) == (9, True)
    assert not mail.exists()
