"""A restore that is interrupted, or from a snapshot on a disk that fails: what can comes back, the rest is named."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.snapshots import Yard, facts, write
from machiya.adapters.snapshots.restoring import Manner
from machiya.backup.errors import RestoreFailed
from machiya.backup.restore import Done, Step

HERE = Manner(base=b"mail")


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    yard = Yard(tmp_path)
    for name in ("1", "a/1", "a/b/2", "c/3"):
        write(yard.source / name, name.encode())
    for folder, mode in ((".", 0o751), ("a", 0o750), ("a/b", 0o2755), ("c", 0o711)):
        (yard.source / folder).chmod(mode)
    if os.geteuid() == 0:
        for name in (".", "a", "a/b/2"):
            os.chown(yard.source / name, 4321, 4322)
    yard.take()
    return yard


def named(found: list[Done], step: Step) -> list[bytes]:
    return [one.entry.path for one in found if one.step is step]


def failing_at(count: int, failure: BaseException) -> Callable[[int], None]:
    left = iter(range(count))

    def tell(_octets: int) -> None:
        if next(left, None) is None:
            raise failure

    return tell


def rights(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_an_interrupted_restore_goes_on_to_the_same_end(
    yard: Yard, tmp_path: Path, done: int, failure: BaseException
) -> None:
    target = tmp_path / "to"
    with pytest.raises((RestoreFailed, KeyboardInterrupt)):
        yard.restore(yard.newest(), target, tell=failing_at(done, failure))
    came = sum(path.is_file() for path in target.rglob("*"))
    assert came == done
    look = yard.restore(yard.newest(), target, manner=Manner(only_look=True))
    again = yard.restore(yard.newest(), target)
    assert again == look
    assert sum(one.step is Step.SAME and one.entry.size > 0 for one in again) == done
    assert facts(target / "mail") == facts(yard.source)
    assert rights(target / "mail") == rights(yard.source)


@pytest.mark.parametrize("folder", ["to/mail", "to/mail/a/b"])
def test_what_a_killed_restore_left_half_written_is_cleared_away(yard: Yard, tmp_path: Path, folder: str) -> None:
    yard.restore(yard.newest(), tmp_path / "to")
    left = write(tmp_path / folder / ".machiya-restoring-0123456789abcdef")
    yard.restore(yard.newest(), tmp_path / "to", manner=Manner(only_look=True))
    assert left.exists()
    yard.restore(yard.newest(), tmp_path / "to")
    assert facts(tmp_path / "to/mail").keys() == facts(yard.source).keys()


def test_a_file_that_the_snapshot_does_not_give_is_named_and_the_others_come(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick, pread = (yard.saved(0) / "a/1").stat().st_ino, os.pread

    def failing(descriptor: int, length: int, offset: int) -> bytes:
        if os.fstat(descriptor).st_ino == sick:
            raise OSError(errno.EIO, "Input/output error")
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", failing)
    found = yard.restore(yard.newest(), tmp_path / "to")
    assert named(found, Step.DAMAGED) == [b"mail/a/1"]
    (told,) = (one.why for one in found if one.step is Step.DAMAGED)
    assert told == "it cannot be read in the snapshot: Input/output error"
    assert facts(tmp_path / "to/mail").keys() == facts(yard.source).keys() - {b"a/1"}


def test_a_target_that_fails_stops_the_restore(yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pwrite", failing)
    with pytest.raises(RestoreFailed, match="Input/output error"):
        yard.restore(yard.newest(), tmp_path / "to")


def test_a_folder_that_the_snapshot_lost_is_named_with_all_below_and_the_rest_comes(yard: Yard, tmp_path: Path) -> None:
    shutil.rmtree(yard.saved(0) / "a")
    (yard.saved(0) / "1").unlink()
    found = yard.restore(yard.newest(), tmp_path / "to")
    assert named(found, Step.DAMAGED) == [b"mail/1", b"mail/a", b"mail/a/1", b"mail/a/b", b"mail/a/b/2"]
    assert facts(tmp_path / "to/mail").keys() == {b"c", b"c/3"}


def test_what_the_snapshot_lost_and_is_there_still_is_not_called_lost(yard: Yard) -> None:
    shutil.rmtree(yard.saved(0) / "a")
    before = facts(yard.source)
    found = yard.restore(yard.newest(), yard.source, manner=HERE)
    assert named(found, Step.DAMAGED) == [b"mail/a", b"mail/a/b"]
    assert facts(yard.source) == before


def test_another_name_of_a_damaged_file_does_not_come_back_as_good(yard: Yard, tmp_path: Path) -> None:
    os.link(yard.source / "a/1", yard.source / "z")
    yard.take(1)
    path = yard.saved(1) / "a/1"
    status = path.stat()
    path.write_bytes(b"a/X")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = yard.restore(yard.snapshot(1), tmp_path / "to")
    assert sorted(named(found, Step.DAMAGED)) == [b"mail/a/1", b"mail/z"]


def test_replace_mends_other_bytes_and_rights_behind_an_equal_size_and_time(yard: Yard) -> None:
    wanted = facts(yard.source)
    write(yard.source / "a/1", b"A/1")
    (yard.source / "c/3").chmod(0o777)
    (yard.source / "c").chmod(0o777)
    over = Manner(b"mail", replace=True)
    look = yard.restore(yard.newest(), yard.source, manner=Manner(b"mail", replace=True, only_look=True))
    found = yard.restore(yard.newest(), yard.source, manner=over)
    assert found == look
    assert named(found, Step.REPLACE) == [b"mail/a/1", b"mail/c", b"mail/c/3"]
    there = facts(yard.source)
    folders = {b"a", b"c"}  # their time tells that something came into them
    assert {path: what for path, what in there.items() if path not in folders} == {
        path: what for path, what in wanted.items() if path not in folders
    }
    assert {path: there[path][:4] for path in folders} == {path: wanted[path][:4] for path in folders}
    assert named(yard.restore(yard.newest(), yard.source, manner=over), Step.REPLACE) == []


def test_replace_makes_several_names_one_file_again(yard: Yard) -> None:
    os.link(yard.source / "a/1", yard.source / "z")
    yard.take(1)
    (yard.source / "z").unlink()
    shutil.copy2(yard.source / "a/1", yard.source / "z")
    over = Manner(b"mail", replace=True)
    found = yard.restore(yard.snapshot(1), yard.source, manner=over)
    assert len(named(found, Step.REPLACE)) == 1
    assert (yard.source / "z").stat().st_ino == (yard.source / "a/1").stat().st_ino
    assert named(yard.restore(yard.snapshot(1), yard.source, manner=over), Step.REPLACE) == []
