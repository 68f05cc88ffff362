"""Which folder a message goes to."""

import pytest

from machiya.backup.mail.model import SavedMessage
from machiya.backup.mail.selection import Wanted, below, into, where_it_was
from machiya.backup.model import SnapshotName

NAME = SnapshotName.parse("daily/2026-11-29")


def saved(folder: bytes, sha256: str = "ab" * 32) -> SavedMessage:
    return SavedMessage(NAME, b"mail/x", b"home.test/taro", folder, b"1.a:2,S", 0, 1, sha256)


@pytest.mark.parametrize(
    ("folder", "expected"), [(b"", b".R.INBOX"), (b".Work", b".R.Work"), (b".Work.2026", b".R.Work.2026")]
)
def test_below_keeps_the_folders_and_makes_the_inbox_one(folder: bytes, expected: bytes) -> None:
    assert below(b".R")(saved(folder)) == expected
    assert into(b".R", Wanted())(saved(folder)) == expected
    assert where_it_was(saved(folder)) == folder


def test_into_puts_messages_and_a_folder_there_itself() -> None:
    assert into(b".R", Wanted(ids=("ab",)))(saved(b".Work")) == b".R"
    assert into(b".R", Wanted(folder=b".Work"))(saved(b".Work")) == b".R"
    assert into(b".R", Wanted(folder=b".Work"))(saved(b".Work.2026")) == b".R.2026"
    assert into(b".R", Wanted(folder=b""))(saved(b"")) == b".R"
    assert into(b"", Wanted(folder=b".Work"))(saved(b".Work")) == b""


def test_choose_takes_a_folder_and_not_one_whose_name_begins_the_same() -> None:
    found = [saved(b".Work"), saved(b".Work.2026"), saved(b".Workshop"), saved(b"")]
    assert Wanted(folder=b".Work").choose(found, NAME) == found[:2]
    assert Wanted(folder=b"").choose(found, NAME) == found[3:]


def test_choose_takes_a_message_of_two_folders_once() -> None:
    assert Wanted(ids=("ABAB", "ABAB")).choose([saved(b""), saved(b".Work")], NAME) == [saved(b"")]
