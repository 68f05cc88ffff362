"""Snapshots of real files: what is shared, what is copied, what is left out."""

import errno
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.snapshots import FIRST_DAY, LONG_AGO_NS, Dump, Yard, facts, old, write
from machiya.adapters.snapshots import copier, copying, walk
from machiya.adapters.snapshots.folders import open_folder, open_regular
from machiya.adapters.snapshots.manifest_file import MANIFEST
from machiya.backup.errors import BackupDiskFull, SnapshotMissing, SourceMissing
from machiya.backup.model import EntryType, Omission, Rota, SnapshotName
from machiya.core.errors import Unavailable
from machiya.core.progress import Cancelled

MESSAGE = "home.test/you/Maildir/cur/1700000000.abc.machiya,S=6:2,"


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def inode(path: Path) -> int:
    return path.lstat().st_ino


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


def test_a_folder_that_became_a_symlink_during_the_walk_is_not_followed(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(yard.source / "a/file")
    write(yard.root / "secret/key")

    def swapped(name: bytes, within: int | None = None) -> int:
        if name == b"a" and not (yard.source / "a").is_symlink():
            (yard.source / "a").rename(yard.root / "moved")
            (yard.source / "a").symlink_to(yard.root / "secret")
        return open_folder(name, within)

    monkeypatch.setattr("machiya.adapters.snapshots.walk.open_folder", swapped)
    taken = yard.take()
    assert facts(yard.saved(0)) == {}
    assert len(taken.notes) == 1
    assert yard.problems(0) == []


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def symlink(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize("swap", [pipe, folder, symlink])
def test_a_file_that_becomes_something_else_during_the_walk_is_noted(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, swap: Callable[[Path], None]
) -> None:
    path = write(yard.source / "2")
    write(yard.source / "3")

    def swapped(name: bytes, within: int) -> tuple[int, os.stat_result]:
        if name == b"2":
            swap(path)
        return open_regular(name, within)

    monkeypatch.setattr("machiya.adapters.snapshots.copying.open_regular", swapped)
    taken = yard.take()
    assert sorted(facts(yard.saved(0))) == [b"3"]
    assert [one.path for one in taken.notes] == [b"mail/2"]
    assert yard.problems(0) == []


def test_a_file_that_is_deleted_and_written_anew_during_the_walk_is_saved(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(yard.source / "2")
    times = 0

    def away_for_a_moment(name: bytes, within: int) -> tuple[int, os.stat_result]:
        nonlocal times
        times += 1
        if times == 1:
            path.rename(yard.root / "moved")
            try:
                return open_regular(name, within)
            finally:
                (yard.root / "moved").rename(path)
        return open_regular(name, within)

    monkeypatch.setattr("machiya.adapters.snapshots.copying.open_regular", away_for_a_moment)
    assert yard.take().notes == ()
    assert (yard.saved(0) / "2").read_bytes() == b"hello\n"


def test_a_file_that_vanishes_during_the_walk_is_left_out(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("1", "2", "3"):
        write(yard.source / name)

    def gone(name: bytes, within: int) -> tuple[int, os.stat_result]:
        if name == b"2":
            (yard.source / "2").unlink(missing_ok=True)
        return open_regular(name, within)

    monkeypatch.setattr("machiya.adapters.snapshots.copying.open_regular", gone)
    taken = yard.take()
    assert sorted(facts(yard.saved(0))) == [b"1", b"3"]
    assert taken.notes == ()
    assert yard.problems(0) == []


@pytest.mark.parametrize("size", [100, 400_000])
def test_a_file_that_grows_while_it_is_read_is_saved_as_one_reading(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = write(yard.source / "log", b"a" * size)
    original = os.pread

    def growing(descriptor: int, length: int, offset: int) -> bytes:
        with path.open("ab") as file:
            file.write(b"b")
        return original(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", growing)
    taken = yard.take()
    monkeypatch.undo()
    saved = (yard.saved(0) / "log").read_bytes()
    assert saved.startswith(b"a" * size)
    assert [str(one) for one in taken.notes] == ["mail/log: changed while it was read: saved as one reading found it"]
    assert yard.problems(0) == []
    yard.take(1)
    assert (yard.saved(1) / "log").read_bytes() == path.read_bytes()


def test_a_file_that_cannot_be_read_is_noted_and_the_rest_is_saved(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    write(yard.source / "bad")
    write(yard.source / "good")

    def refusing(name: bytes, within: int) -> tuple[int, os.stat_result]:
        if name == b"bad":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return open_regular(name, within)

    monkeypatch.setattr("machiya.adapters.snapshots.copying.open_regular", refusing)
    taken = yard.take()
    assert sorted(facts(yard.saved(0))) == [b"good"]
    assert [str(one) for one in taken.notes] == ["mail/bad: not saved: Permission denied"]


def test_a_source_that_is_not_there_or_suddenly_empty_makes_no_snapshot(yard: Yard) -> None:
    path = write(yard.source / "file")
    yard.take(0)
    path.unlink()
    with pytest.raises(SourceMissing, match="is empty and was not"):
        yard.take(1)
    yard.source.rmdir()
    with pytest.raises(SourceMissing, match="cannot be saved"):
        yard.take(1)
    assert [str(one) for one in yard.disk.names()] == ["daily/2026-11-01"]
    yard.source.mkdir()
    assert yard.take(1, accept_empty=True).totals.entries == 1


def test_dumps_are_made_before_files_are_read_and_equal_dumps_are_stored_once(tmp_path: Path) -> None:
    dump = Dump()
    yard = Yard(tmp_path, dumpers=(dump,))
    write(yard.source / "file")
    yard.take(0)
    taken = yard.take(1)
    one, other = (yard.snapshot(day).folder / "databases" / "one.sql" for day in (0, 1))
    assert inode(one) == inode(other)
    assert taken.totals.new_bytes == 0
    dump.content += b"INSERT;\n"
    yard.take(2)
    assert (yard.snapshot(2).folder / "databases" / "one.sql").read_bytes() == dump.content
    assert one.read_bytes() != dump.content
    assert yard.newest().header.sources == ("databases", "mail")
    assert yard.problems(0, 1, 2) == []


def test_a_dump_that_fails_makes_no_snapshot(tmp_path: Path) -> None:
    yard = Yard(tmp_path, dumpers=(Dump(failure=Unavailable("the database is down")),))
    write(yard.source / "file")
    with pytest.raises(Unavailable, match="the database is down"):
        yard.take()
    assert yard.disk.snapshots() == ()


def test_exactly_so_many_are_kept_and_only_after_a_new_one_is_finished(yard: Yard) -> None:
    write(yard.source / "file")
    for day in range(9):
        yard.take(day)
    for week in range(5):
        yard.take(week * 7, Rota.WEEKLY)
    names = [str(one) for one in yard.disk.names()]
    assert [name for name in names if name.startswith("daily")] == [f"daily/2026-11-0{day}" for day in range(9, 2, -1)]
    assert len(names) == 7 + 4
    yard.source.rename(yard.root / "away")
    with pytest.raises(SourceMissing):
        yard.take(40)
    assert [str(one) for one in yard.disk.names()] == names


def test_another_one_of_the_same_day_takes_the_place_of_the_first(yard: Yard) -> None:
    write(yard.source / "file")
    yard.take(0)
    write(yard.source / "other")
    yard.take(0)
    assert sorted(facts(yard.saved(0))) == [b"file", b"other"]
    assert not list(yard.disk_root.glob(".*"))
    assert yard.problems(0) == []


def test_a_cancelled_run_is_not_listed_and_the_next_one_goes_on_with_it(yard: Yard) -> None:
    for number in range(200):
        write(yard.source / f"{number:03}")

    class Impatient:
        def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
            raise Cancelled(f"enough: {name} {done} {total} {unit}")

        def line(self, text: str) -> None:
            assert text

    with pytest.raises(Cancelled):
        yard.take(0, progress=Impatient())
    assert yard.disk.snapshots() == ()
    assert yard.take(1).totals.entries == 201
    assert [str(one) for one in yard.disk.names()] == ["daily/2026-11-02"]
    assert not list(yard.disk_root.glob(".*"))
    assert yard.problems(1) == []


def test_an_interrupted_run_goes_on_after_its_last_checkpoint(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copier, "CHECKPOINT_BYTES", 1)
    for number in range(200):
        write(yard.source / f"{number:03}")
    steps = 0
    copied: list[bytes] = []

    class Patient:
        def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
            nonlocal steps
            steps += 1
            if steps == 2:
                raise Cancelled(f"enough: {name} {done} {total} {unit}")

        def line(self, text: str) -> None:
            assert text

    def counted(name: bytes, place: copying.Place, *rest: Any) -> copying.Saved:
        copied.append(name)
        return copying.copy(name, place, *rest)

    with pytest.raises(Cancelled):
        yard.take(progress=Patient())
    monkeypatch.setattr("machiya.adapters.snapshots.walk.copy", counted)
    yard.take()
    assert copied == [b"%03d" % number for number in range(127, 200)]
    assert facts(yard.saved(0)) == facts(yard.source)
    assert yard.problems(0) == []


def test_what_an_interrupted_run_saved_for_sure_is_not_copied_again(yard: Yard) -> None:
    write(yard.source / MESSAGE)
    yard.take(0)
    # As a run leaves it that was killed after its last checkpoint: everything there, but its name.
    yard.snapshot(0).folder.rename(yard.disk_root / ".partial-daily-2026-11-01")
    kept = inode(yard.disk_root / ".partial-daily-2026-11-01" / "mail" / MESSAGE)
    (yard.disk_root / ".partial-daily-2026-11-01" / "mail" / "gone").write_bytes(b"not in the source any more")
    taken = yard.take(1)
    assert inode(yard.saved(1) / MESSAGE) == kept
    assert taken.totals.new_bytes == 6
    assert yard.problems(1) == []


def test_a_draft_that_is_too_old_is_thrown_away(yard: Yard) -> None:
    write(yard.source / MESSAGE)
    yard.take(0)
    left = yard.disk_root / ".partial-daily-2026-11-01"
    yard.snapshot(0).folder.rename(left)
    kept = inode(left / "mail" / MESSAGE)
    holder = (left / "mail" / MESSAGE).open("rb")  # so that the number of the inode is not given out again
    old(left)
    with holder:
        yard.take(1)
        assert inode(yard.saved(1) / MESSAGE) != kept


def test_a_full_disk_says_so_and_leaves_room(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    write(yard.source / "1")
    yard.take(0)
    write(yard.source / "2")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(BackupDiskFull, match="no room left"):
        yard.take(1)
    monkeypatch.undo()
    assert not list(yard.disk_root.glob(".*"))
    assert [str(one) for one in yard.disk.names()] == ["daily/2026-11-01"]
    assert yard.problems(0) == []
    assert yard.take(1).totals.new_bytes == 6


def test_folders_that_lie_too_deep_are_noted(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "DEEPEST", 3)
    write(yard.source / "1/2/3/4/5/file")
    taken = yard.take()
    assert [str(one) for one in taken.notes] == ["mail/1/2/3/4: not saved: deeper than 3 folders"]
    assert yard.problems(0) == []


def test_the_deepest_folders_that_are_promised_can_be_saved(yard: Yard) -> None:
    write(yard.source.joinpath(*["d"] * walk.DEEPEST) / "file")
    taken = yard.take()
    assert taken.notes == ()
    assert facts(yard.saved(0)) == facts(yard.source)


def test_open_gives_the_content_and_nothing_from_outside(yard: Yard) -> None:
    write(yard.source / "file")
    (yard.source / "link").symlink_to("file")
    yard.take()
    with yard.newest().open(b"mail/file") as file:
        assert file.read() == b"hello\n"
    for path in (b"mail/link", b"mail/none", b"mail"):
        with pytest.raises(SnapshotMissing):
            yard.newest().open(path)


def test_only_finished_snapshots_are_listed(yard: Yard) -> None:
    write(yard.source / "file")
    yard.take()
    for name in ("daily/2026-11-05", "daily/notes", "weekly/2026-13-01"):
        (yard.disk_root / name).mkdir(parents=True)
    (yard.disk_root / "weekly/2026-13-01" / MANIFEST).touch()
    assert yard.disk.names() == (SnapshotName(FIRST_DAY, Rota.DAILY),)


def test_the_manifest_says_where_it_is_from(yard: Yard) -> None:
    write(yard.source / "file")
    yard.take()
    header = yard.newest().header
    assert (header.house, header.program, json.dumps(header.sources)) == ("home.test", "test", '["mail"]')
