"""Messages come back whole, with flags and dates, once; nothing that is there changes."""

import os
import re
import stat
from pathlib import Path

import pytest

from fakes.saved_mail import HOME, TESUTO, SavedMail, message
from fakes.snapshots import LONG_AGO_NS, facts, write
from machiya.adapters.maildir.live import LiveMaildir
from machiya.backup.errors import SnapshotMissing
from machiya.backup.mail.restore import Outcome, Step
from machiya.backup.mail.selection import Wanted, below, into
from machiya.core.errors import InvalidInput

RESTORED = b".Restored 2026-11-01"


def outcomes(steps: list[Step]) -> list[str]:
    return [str(step.outcome) for step in steps]


@pytest.fixture
def saved(mail: SavedMail) -> SavedMail:
    """Three messages in three folders, in a snapshot."""
    mail.put(message("one"), "1700000001.0123456789abcdef0123456789abcdef.machiya,S=42,W=45", flags="RS")
    mail.put(message("two"), "1700000002.b.x", TESUTO, flags="F", when_ns=LONG_AGO_NS + 5)
    mail.put(message("three"), "1700000003.c.x", ".Archive", flags=None)
    mail.yard.take()
    return mail


def test_a_deleted_message_comes_back_where_it_was_with_flags_and_date(saved: SavedMail) -> None:
    next((saved.maildir / TESUTO / "cur").iterdir()).unlink()
    before = facts(saved.maildir)
    steps = saved.restore()
    assert sorted(outcomes(steps)) == ["restore", "there", "there"]
    [back] = (saved.maildir / TESUTO / "cur").iterdir()
    assert back.read_bytes() == message("two")
    assert re.fullmatch(rf"1700000002\.b\.x\.r[0-9a-f]{{16}},S={len(message('two'))}:2,F", back.name)
    assert back.stat().st_mtime_ns == LONG_AGO_NS + 5
    assert stat.S_IMODE(back.stat().st_mode) == stat.S_IMODE((saved.maildir / TESUTO).stat().st_mode) & 0o666
    kept = {path: what for path, what in facts(saved.maildir).items() if path in before}
    assert [path for path in before if kept[path] != before[path]] == [
        f"{TESUTO}/{part}".encode() for part in ("cur", "tmp")
    ]


def test_the_name_keeps_the_delivery_so_that_it_is_not_delivered_again(saved: SavedMail) -> None:
    next((saved.maildir / "cur").iterdir()).unlink()
    saved.restore()
    [back] = (saved.maildir / "cur").iterdir()
    assert ".0123456789abcdef0123456789abcdef.machiya" in back.name
    back.unlink()
    saved.restore()
    [again] = (saved.maildir / "cur").iterdir()
    assert again.name != back.name
    assert len(again.name) == len(back.name)


@pytest.mark.parametrize("destination", [None, below(RESTORED)])
def test_what_the_mailbox_still_has_is_not_doubled(saved: SavedMail, destination: object) -> None:
    """Also where Dovecot moved it to another folder under another name."""
    file = next((saved.maildir / "cur").iterdir())
    (saved.maildir / ".Trash/cur").mkdir(parents=True)
    file.rename(saved.maildir / ".Trash/cur/99.moved.x:2,ST")
    before = facts(saved.maildir)
    steps = saved.restore() if destination is None else saved.restore(destination=below(RESTORED))
    assert outcomes(steps) == ["there"] * 3
    assert next(step.folder for step in steps if step.message.folder == b"") == b".Trash"
    assert facts(saved.maildir) == before


def test_a_second_run_changes_nothing(saved: SavedMail) -> None:
    for file in [path for path in saved.maildir.rglob("*") if path.is_file()]:
        file.unlink()
    assert outcomes(saved.restore(destination=below(RESTORED))) == ["restore"] * 3
    before = facts(saved.maildir)
    assert outcomes(saved.restore(destination=below(RESTORED))) == ["there"] * 3
    assert facts(saved.maildir) == before


def test_a_whole_mailbox_goes_into_folders_of_the_same_names_below_a_new_one(saved: SavedMail) -> None:
    for file in [path for path in saved.maildir.rglob("*") if path.is_file()]:
        file.unlink()
    saved.restore(destination=below(RESTORED))
    assert saved.all() == {
        ".Restored 2026-11-01.INBOX": [message("one")],
        ".Restored 2026-11-01.Archive": [message("three")],
        f".Restored 2026-11-01{TESUTO}": [message("two")],
    }
    made = saved.maildir / ".Restored 2026-11-01.INBOX"
    assert sorted(path.name for path in made.iterdir()) == ["cur", "maildirfolder", "new", "tmp"]
    listed = (saved.maildir / "subscriptions").read_bytes().splitlines()
    assert listed[:2] == [b"V\t2", b""]
    assert b"Restored 2026-11-01\tArchive\t&MMYwuTDI-" in listed


def test_a_lost_mailbox_is_made_anew(saved: SavedMail) -> None:
    (saved.maildir.parent).rename(saved.yard.root / "lost")
    assert outcomes(saved.restore()) == ["restore"] * 3
    assert saved.all() == {".": [message("one")], ".Archive": [message("three")], TESUTO: [message("two")]}
    assert stat.S_IMODE(saved.maildir.stat().st_mode) == 0o700


def test_a_folder_comes_with_those_below_it_and_can_go_into_another(saved: SavedMail) -> None:
    for file in [path for path in saved.maildir.rglob("*") if path.is_file()]:
        file.unlink()
    wanted = Wanted(folder=b".Archive")
    saved.restore(wanted, into(b".Back", wanted))
    assert saved.all() == {".Back": [message("three")], ".Back.&MMYwuTDI-": [message("two")]}


def test_one_message_is_named_by_the_beginning_of_its_id(saved: SavedMail) -> None:
    for file in [path for path in saved.maildir.rglob("*") if path.is_file()]:
        file.unlink()
    one = next(step.message for step in saved.planned().steps if step.message.folder == TESUTO.encode())
    wanted = Wanted(ids=(one.id,))
    saved.restore(wanted, into(b".Back", wanted))
    assert saved.all() == {".Back": [message("two")]}
    with pytest.raises(SnapshotMissing, match="has no message 'zz'"):
        saved.restore(Wanted(ids=("zz",)))
    with pytest.raises(SnapshotMissing, match="no message of that mailbox and folder"):
        saved.restore(Wanted(folder=b".None"))


def test_an_id_that_is_not_clear_is_refused(mail: SavedMail) -> None:
    for number in range(17):
        mail.put(message(str(number)), f"{number}.a.x")
    mail.yard.take()
    first = [step.message.sha256[0] for step in mail.planned().steps]
    with pytest.raises(InvalidInput, match="several messages begin"):
        mail.restore(Wanted(ids=(next(one for one in first if first.count(one) > 1),)))


def test_a_dry_run_tells_the_same_and_changes_nothing(saved: SavedMail) -> None:
    for file in [path for path in saved.maildir.rglob("*") if path.is_file()]:
        file.unlink()
    before = facts(saved.maildir)
    looked = saved.restore(destination=below(RESTORED), only_look=True)
    assert facts(saved.maildir) == before
    assert saved.restore(destination=below(RESTORED)) == looked


@pytest.mark.parametrize("only_look", [True, False])
def test_what_is_damaged_in_the_snapshot_is_told_and_not_restored(saved: SavedMail, only_look: bool) -> None:  # noqa: FBT001 – parameter
    for file in [path for path in saved.maildir.rglob("*") if path.is_file()]:
        file.unlink()
    write(next((saved.yard.saved(0) / "home.test/taro/Maildir/cur").iterdir()), message("One"))
    steps = saved.restore(only_look=only_look)
    assert sorted(outcomes(steps)) == ["damaged", "restore", "restore"]
    assert "." not in saved.all()


def test_a_message_that_is_damaged_in_the_mailbox_comes_back_beside_it(saved: SavedMail) -> None:
    file = next((saved.maildir / TESUTO / "cur").iterdir())
    broken = message("two").replace(b"two", b"twO")
    write(file, broken)
    saved.restore()
    assert saved.all()[TESUTO] == sorted([message("two"), broken])


def test_a_message_marked_as_deleted_comes_back_unmarked(mail: SavedMail) -> None:
    mail.put(message(), "1.a.x", flags="ST")
    mail.yard.take()
    next((mail.maildir / "cur").iterdir()).unlink()
    mail.restore()
    assert next((mail.maildir / "cur").iterdir()).name.endswith(":2,S")


def test_keywords_are_mapped_by_name_in_a_new_folder_all_of_them(mail: SavedMail) -> None:
    mail.put(message(), "1.a.x", flags="Sbc")
    write(mail.maildir / "dovecot-keywords", b"0 $Label1\n1 $Label2\n2 Mine\n")
    mail.yard.take()
    next((mail.maildir / "cur").iterdir()).unlink()
    write(mail.maildir / "dovecot-keywords", b"0 Other\n1 Mine\n")
    [new] = mail.planned(destination=below(RESTORED)).steps
    assert (new.letters, new.lost) == ("Sab", ())
    [known] = mail.restore()
    assert (known.letters, known.lost) == ("Sb", ("$Label2",))
    next((mail.maildir / "cur").iterdir()).unlink()
    mail.restore(destination=below(RESTORED))
    assert (mail.maildir / ".Restored 2026-11-01.INBOX/dovecot-keywords").read_bytes() == b"0 $Label2\n1 Mine\n"


def test_a_symlink_where_the_folder_should_be_is_not_followed(saved: SavedMail, tmp_path: Path) -> None:
    """Whoever is in the mail server must not lead root elsewhere."""
    for file in [path for path in saved.maildir.rglob("*") if path.is_file()]:
        file.unlink()
    elsewhere = tmp_path / "elsewhere"
    for part in ("tmp", "new", "cur"):
        (elsewhere / part).mkdir(parents=True)
    (saved.maildir / ".Back").symlink_to(elsewhere)
    wanted = Wanted(folder=b"")
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        saved.restore(wanted, into(b".Back", wanted))
    assert list(elsewhere.rglob("*/*")) == []


def test_a_missing_disk_is_not_written_below(saved: SavedMail) -> None:
    live = LiveMaildir(saved.yard.root / "none", HOME, subscribes=False)
    with pytest.raises(FileNotFoundError):
        live.digests({1})
    with pytest.raises(FileNotFoundError):
        live.make_folder(b"", ())
    assert not (saved.yard.root / "none").exists()


def test_files_and_folders_belong_to_whom_the_mailbox_belongs_to(saved: SavedMail) -> None:
    owner = (5000, 5000) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    for path in [saved.maildir, *saved.maildir.rglob("*")]:
        os.chown(path, *owner)
    for file in [path for path in saved.maildir.rglob("*") if path.is_file()]:
        file.unlink()
    saved.restore(destination=below(RESTORED))
    assert {(one.stat().st_uid, one.stat().st_gid) for one in saved.maildir.rglob("*")} == {owner}


def test_a_subscription_file_that_is_locked_is_left_alone(saved: SavedMail) -> None:
    write(saved.maildir / "subscriptions", b"V\t2\n\nWork\n")
    write(saved.maildir / "subscriptions.lock", b"")
    for file in (saved.maildir / "cur").iterdir():
        file.unlink()
    assert "restore" in outcomes(saved.restore(destination=below(RESTORED)))
    assert (saved.maildir / "subscriptions").read_bytes() == b"V\t2\n\nWork\n"
    assert (saved.maildir / "subscriptions.lock").exists()


def test_copies_in_two_folders_both_come_back(mail: SavedMail) -> None:
    first = mail.put(message("copied"), "1.a.x")
    mail.put(message("other"), "2.b.x", ".Work")
    copy = mail.maildir / ".Work/cur/3.c.x:2,"
    os.link(first, copy)
    mail.yard.take()
    first.unlink()
    copy.unlink()
    assert outcomes(mail.restore()).count("restore") == 2
    assert mail.all() == {".": [message("copied")], ".Work": sorted([message("copied"), message("other")])}


def test_outcome_of_a_message_without_flags_is_in_cur(saved: SavedMail) -> None:
    next((saved.maildir / ".Archive/new").iterdir()).unlink()
    steps = saved.restore()
    [back] = (saved.maildir / ".Archive/cur").iterdir()
    assert back.name.endswith(":2,")
    assert [step.message.folder for step in steps if step.outcome is Outcome.RESTORE] == [b".Archive"]
