import errno
import os
from pathlib import Path
from typing import Any

import pytest

from machiya.adapters.files.atomic import write_atomically, write_new
from machiya.adapters.files.errors import DiskFailed, DiskFull, NotWritable


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Any:
    def fail(name: str, number: int) -> None:
        def refuse(*_args: Any, **_kwargs: Any) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, name, refuse)

    return fail


def test_write_atomically_replaces_the_whole_file_with_the_mode_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"much longer than before")
    write_atomically(target, b"new", 0o400)
    assert target.read_bytes() == b"new"
    assert mode(target) == 0o400
    write_atomically(target, b"newer")
    assert (target.read_bytes(), mode(target)) == (b"newer", 0o600)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_write_atomically_syncs_file_and_folder_before_and_after_the_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        events.append("folder" if Path(f"/proc/self/fd/{descriptor}").is_dir() else "file")
        fsync(descriptor)

    def noted_replace(path: Path, target: Path) -> Path:
        events.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    write_atomically(tmp_path / "a", b"x")
    assert events == ["file", "rename", "folder"]


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EROFS, NotWritable),
        (errno.EACCES, NotWritable),
        (errno.EIO, DiskFailed),
    ],
)
def test_write_atomically_keeps_the_old_file_when_the_disk_refuses(
    tmp_path: Path, failing: Any, number: int, error: type[Exception]
) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    failing("fsync", number)
    with pytest.raises(error) as caught:
        write_atomically(target, b"new")
    assert str(target) in str(caught.value)
    assert target.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_write_atomically_leaves_nothing_behind_when_the_rename_fails(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(DiskFailed):
        write_atomically(tmp_path / "a", b"x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_write_atomically_says_that_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DiskFailed, match="No such file or directory"):
        write_atomically(tmp_path / "nosuch" / "a", b"x")


def test_write_new_writes_once_and_never_over(tmp_path: Path) -> None:
    assert write_new(tmp_path / "a", b"first") is True
    assert write_new(tmp_path / "a", b"second") is False
    assert (tmp_path / "a").read_bytes() == b"first"
    assert mode(tmp_path / "a") == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_write_new_does_not_follow_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    assert write_new(tmp_path / "a", b"x") is False
    assert not (tmp_path / "elsewhere").exists()


def test_write_new_loses_a_race_quietly(tmp_path: Path, failing: Any) -> None:
    failing("link", errno.EEXIST)
    assert write_new(tmp_path / "a", b"x") is False
    assert list(tmp_path.iterdir()) == []


def test_write_new_works_on_a_disk_without_hard_links(tmp_path: Path, failing: Any) -> None:
    failing("link", errno.EPERM)
    assert write_new(tmp_path / "a", b"x") is True
    assert (tmp_path / "a").read_bytes() == b"x"


def test_write_new_tells_a_full_disk(tmp_path: Path, failing: Any) -> None:
    failing("fsync", errno.ENOSPC)
    with pytest.raises(DiskFull) as caught:
        write_new(tmp_path / "a", b"x")
    assert caught.value.permanent is False
    assert "Free some room" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
