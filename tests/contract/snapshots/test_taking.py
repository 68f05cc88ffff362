"""Snapshots of real files: what is shared, what is copied, what is left out."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.snapshots import LONG_AGO_NS, MESSAGE, Yard, facts, inode, old, write
from machiya.backup.model import EntryType, Omission


def test_a_snapshot_is_a_plain_tree_with_a_manifest(yard: Yard) -> None:
    write(yard.source / MESSAGE)
    taken = yard.take()
    assert (yard.saved(0) / MESSAGE).read_bytes() == b"hello\n"
    assert (taken.totals.size_bytes, taken.totals.new_bytes, taken.notes) == (6, 6, ())
    assert [one.path for one in yard.newest().entries() if one.type is EntryType.FILE] == [f"mail/{MESSAGE}".encode()]
    assert yard.problems(0) == []
    assert not list(yard.disk_root.glob(".*"))


def test_an_unchanged_file_is_one_file_with_that_of_the_day_before(yard: Yard) -> None:
    write(yard.source / MESSAGE)
    yard.take(0)
    taken = yard.take(1)
    assert inode(yard.saved(0) / MESSAGE) == inode(yard.saved(1) / MESSAGE)
    assert taken.totals.new_bytes == 0


@pytest.mark.parametrize("flags", ["S", "RS", "FRS"])
def test_a_message_with_new_flags_is_not_stored_again(yard: Yard, flags: str) -> None:
    path = write(yard.source / MESSAGE)
    yard.take(0)
    path.rename(f"{path}{flags}")
    taken = yard.take(1)
    assert inode(yard.saved(0) / MESSAGE) == inode(yard.saved(1) / f"{MESSAGE}{flags}")
    assert taken.totals.new_bytes == 0
    assert yard.problems(0, 1) == []


def test_a_message_that_went_from_new_to_cur_is_not_stored_again(yard: Yard) -> None:
    (yard.source / MESSAGE).parent.mkdir(parents=True)
    new = write(yard.source / MESSAGE.replace("/cur/", "/new/").removesuffix(":2,"))
    yard.take(0)
    before = inode(yard.saved(0) / new.relative_to(yard.source))
    new.rename(yard.source / f"{MESSAGE}S")
    taken = yard.take(1)
    assert inode(yard.saved(1) / f"{MESSAGE}S") == before
    assert taken.totals.new_bytes == 0
    assert yard.problems(0, 1) == []


def test_flags_mean_nothing_outside_of_mail(tmp_path: Path) -> None:
    yard = Yard(tmp_path, maildirs=False)
    path = write(yard.source / MESSAGE)
    yard.take(0)
    path.rename(f"{path}S")
    yard.take(1)
    assert inode(yard.saved(0) / MESSAGE) != inode(yard.saved(1) / f"{MESSAGE}S")


def mode(path: Path) -> None:
    path.chmod(0o640)


def time(path: Path) -> None:
    old(path, LONG_AGO_NS + 1)


def attribute(path: Path) -> None:
    os.setxattr(path, "user.note", b"\0seen")


def content(path: Path) -> None:
    write(path, b"HELLO\n", LONG_AGO_NS + 5)


@pytest.mark.parametrize("change", [mode, time, attribute, content])
def test_a_change_makes_a_new_file_and_leaves_the_day_before_alone(yard: Yard, change: Callable[[Path], None]) -> None:
    path = write(yard.source / MESSAGE)
    yard.take(0)
    before = facts(yard.saved(0))
    change(path)
    yard.take(1)
    assert inode(yard.saved(0) / MESSAGE) != inode(yard.saved(1) / MESSAGE)
    assert facts(yard.saved(0)) == before
    assert facts(yard.saved(1)) == facts(yard.source)


def test_a_content_that_changed_within_one_tick_of_the_clock_is_seen(yard: Yard) -> None:
    path = write(yard.source / MESSAGE, when_ns=int(yard.now().timestamp()) * 10**9)
    same = path.stat().st_mtime_ns
    yard.take(0)
    write(path, b"HELLO\n", same)
    yard.take(1)
    assert (yard.saved(1) / MESSAGE).read_bytes() == b"HELLO\n"


def test_a_file_that_was_read_again_and_is_the_same_is_stored_once(yard: Yard) -> None:
    path = write(yard.source / "small", when_ns=int(yard.now().timestamp()) * 10**9)
    large = write(yard.source / "large", os.urandom(300_000), path.stat().st_mtime_ns)
    yard.take(0)
    taken = yard.take(1)
    assert taken.totals.new_bytes == 0
    assert [inode(yard.saved(day) / large.name) for day in (0, 1)] == [inode(yard.saved(0) / large.name)] * 2


def test_a_copy_of_the_day_before_that_was_cut_off_is_not_linked_to(yard: Yard) -> None:
    write(yard.source / MESSAGE)
    yard.take(0)
    (yard.saved(0) / MESSAGE).write_bytes(b"hel")
    yard.take(1)
    assert (yard.saved(1) / MESSAGE).read_bytes() == b"hello\n"
    assert yard.problems(1) == []


def test_a_damaged_manifest_of_the_day_before_is_not_believed(yard: Yard) -> None:
    write(yard.source / MESSAGE)
    yard.take(0)
    manifest = yard.newest().manifest
    manifest.write_bytes(manifest.read_bytes()[:-9])
    assert yard.take(1).totals.new_bytes == 6
    assert yard.problems(1) == []


def test_sockets_and_pipes_are_left_out(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    write(yard.source / "file")
    os.mkfifo(yard.source / "pipe")
    monkeypatch.chdir(yard.source)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door")
        taken = yard.take()
    assert [path.name for path in yard.saved(0).iterdir()] == ["file"]
    assert taken.notes == ()


def test_what_is_omitted_is_not_saved(tmp_path: Path) -> None:
    yard = Yard(tmp_path, omitted=(Omission("*/tmp/*", ("in the making", "書きかけ")), Omission("cache", ("", ""))))
    for name in ("you/tmp/1", "you/cur/2", "cache/3", "tmp/4"):
        write(yard.source / name)
    yard.take()
    assert sorted(facts(yard.saved(0))) == [b"tmp", b"tmp/4", b"you", b"you/cur", b"you/cur/2", b"you/tmp"]
    assert yard.newest().header.omitted == yard.omitted


def test_the_backup_disk_does_not_save_itself(tmp_path: Path) -> None:
    yard = Yard(tmp_path)
    yard.disk_root.rmdir()
    yard.disk_root = yard.source / "disk"
    yard.disk_root.mkdir()
    write(yard.source / "file")
    taken = yard.take()
    assert sorted(facts(yard.saved(0))) == [b"file"]
    assert [str(one) for one in taken.notes] == ["mail/disk: not saved: it is the backup disk itself"]
