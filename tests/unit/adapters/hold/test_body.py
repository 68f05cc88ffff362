import errno
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from machiya.adapters.hold.body import FileBody
from machiya.mail.held import HoldFull


def body_at(tmp_path: Path) -> FileBody:
    (tmp_path / "tmp").mkdir()
    return FileBody(tmp_path / "tmp" / "x.eml")


def test_write_counts_and_sums_what_it_wrote(tmp_path: Path) -> None:
    body = body_at(tmp_path)
    for chunk in (b"one\r\n", b"", b"two"):
        body.write(chunk)
    body.finish()
    assert body.path.read_bytes() == b"one\r\ntwo"
    assert (body.size_bytes, body.md5) == (8, hashlib.md5(b"one\r\ntwo").hexdigest())


def test_an_empty_body_is_a_file_too(tmp_path: Path) -> None:
    body = body_at(tmp_path)
    body.finish()
    assert body.path.read_bytes() == b""


def test_discard_leaves_nothing_and_may_come_twice(tmp_path: Path) -> None:
    body = body_at(tmp_path)
    body.write(b"x")
    body.discard()
    body.discard()
    assert not body.path.exists()


def test_write_to_a_full_disk_names_the_folder(tmp_path: Path) -> None:
    body = body_at(tmp_path)
    body._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 – the body closes it
    with pytest.raises(HoldFull, match=str(tmp_path)) as caught:
        body.write(b"x" * 4096)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC
    body.discard()


def test_write_goes_on_after_the_system_took_only_a_part(tmp_path: Path) -> None:
    class Grudging(io.FileIO):
        def write(self, data: Any) -> int:
            return super().write(bytes(data)[:3])

    body = body_at(tmp_path)
    body._file = Grudging(body.path, "wb")
    body.write(b"0123456789")
    body.finish()
    assert body.path.read_bytes() == b"0123456789"
