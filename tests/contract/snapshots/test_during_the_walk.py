"""Files that become something else, grow, vanish or cannot be read while they are saved."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.snapshots import Yard, facts, write
from machiya.adapters.snapshots.folders import open_folder, open_regular


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
