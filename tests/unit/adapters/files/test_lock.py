import errno
import os
from pathlib import Path

import pytest

from machiya.adapters.files.errors import DiskFailed, DiskFull
from machiya.adapters.files.lock import FileLock
from machiya.core.errors import Conflict


def test_lock_is_held_by_one_at_a_time_and_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path, "this house"), pytest.raises(Conflict) as caught, FileLock(path, "this house"):
        pass
    assert caught.value.message == f"another machiya is busy with this house (process {os.getpid()})"


def test_lock_is_free_again_afterwards_also_after_an_error(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock", "it")
    with pytest.raises(ZeroDivisionError), lock:
        _ = 1 / 0
    with lock:
        assert lock.holder() == os.getpid()
    assert lock.holder() is None


def test_lock_is_given_back_when_its_holder_dies(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        FileLock(tmp_path / "lock", "it").__enter__()
        os._exit(0)
    os.waitpid(child, 0)
    with FileLock(tmp_path / "lock", "it") as lock:
        assert lock.holder() == os.getpid()


def test_lock_is_private(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock", "it"):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_lock_in_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(DiskFailed), FileLock(tmp_path / "nosuch" / "lock", "it"):
        pass


@pytest.mark.parametrize("content", [b"", b"abc\n", b"\xff\xfe"])
def test_holder_is_none_where_the_file_names_nobody(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock").write_bytes(content)
    assert FileLock(tmp_path / "lock", "it").holder() is None
    assert FileLock(tmp_path / "nosuch", "it").holder() is None


@pytest.mark.parametrize("broken", ["ftruncate", "pwrite"])
def test_lock_on_a_full_disk_says_so_and_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    lock = FileLock(tmp_path / "lock", "it")
    with monkeypatch.context() as patch:
        patch.setattr(os, broken, full)
        with pytest.raises(DiskFull), lock:
            raise AssertionError
    with lock:
        assert lock.holder() == os.getpid()


def test_lock_is_given_back_though_the_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    lock = FileLock(tmp_path / "lock", "it")
    with monkeypatch.context() as patch, lock:
        patch.setattr(os, "ftruncate", broken)
    assert lock.holder() is None
