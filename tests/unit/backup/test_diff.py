from dataclasses import replace

from machiya.backup.diff import differences
from machiya.backup.model import Entry, EntryType

A, B = "aa" * 32, "bb" * 32
FILE = Entry(b"mail/cur/1.x:2,", EntryType.FILE, 0o600, 1, 1, 5, 7, A)


def kinds(before: list[Entry], after: list[Entry]) -> list[tuple[str, bytes]]:
    return [(str(one.kind), one.path) for one in differences(before, after)]


def test_differences_tells_added_removed_changed_and_touched_apart() -> None:
    other = replace(FILE, path=b"mail/cur/2.y:2,")
    assert kinds([FILE], [FILE]) == []
    assert kinds([FILE], [FILE, other]) == [("added", other.path)]
    assert kinds([FILE, other], [FILE]) == [("removed", other.path)]
    assert kinds([FILE], [replace(FILE, sha256=B)]) == [("changed", FILE.path)]
    assert kinds([FILE], [replace(FILE, mode=0o644)]) == [("touched", FILE.path)]


def test_differences_calls_new_flags_a_new_name() -> None:
    read = replace(FILE, path=b"mail/cur/1.x:2,S")
    assert kinds([FILE], [read]) == [("renamed", read.path)]


def test_differences_takes_another_time_of_an_unread_file_for_another_content() -> None:
    live = replace(FILE, sha256="")
    assert kinds([FILE], [live]) == []
    assert kinds([FILE], [replace(live, mtime_ns=6)]) == [("changed", FILE.path)]
    assert kinds([FILE], [replace(live, size=8)]) == [("changed", FILE.path)]


def test_differences_sees_a_symlink_that_points_elsewhere_and_a_file_that_became_a_folder() -> None:
    link = Entry(b"link", EntryType.SYMLINK, 0o777, 0, 0, 0, link=b"here")
    assert kinds([link], [replace(link, link=b"there")]) == [("changed", b"link")]
    folder = replace(FILE, type=EntryType.DIRECTORY, size=0, sha256="")
    assert sorted(kinds([FILE], [folder])) == [("added", FILE.path), ("removed", FILE.path)]
