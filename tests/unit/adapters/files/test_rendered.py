from pathlib import Path

import pytest

from machiya.adapters.files.rendered import RenderedFolder


@pytest.fixture
def folder(tmp_path: Path) -> RenderedFolder:
    return RenderedFolder(tmp_path / "rendered")


def test_write_makes_files_and_remembers_them(folder: RenderedFolder) -> None:
    folder.write({"config/dovecot/dovecot.conf": (b"x", 0o644), "compose.yaml": (b"y", 0o600)}, {"compose.yaml": "h"})
    assert folder.present() == {"config/dovecot/dovecot.conf": b"x", "compose.yaml": b"y"}
    assert folder.written() == {"compose.yaml": "h"}
    assert (folder.root / "config/dovecot").stat().st_mode & 0o777 == 0o755
    assert folder.root.stat().st_mode & 0o777 == 0o700


def test_write_removes_what_is_none(folder: RenderedFolder) -> None:
    folder.write({"a": (b"x", 0o644)}, {})
    folder.write({"a": None, "b": None}, {})
    assert folder.present() == {}


@pytest.mark.parametrize("damaged", [b"", b"[]", b"\xff"])
def test_written_takes_a_damaged_record_for_none(folder: RenderedFolder, damaged: bytes) -> None:
    folder.write({}, {"a": "h"})
    (folder.root / ".written.json").write_bytes(damaged)
    assert folder.written() == {}


def test_staged_shows_the_files_and_leaves_nothing(folder: RenderedFolder) -> None:
    with folder.staged({"config/nginx/nginx.conf": (b"x", 0o644)}) as staged:
        assert (staged / "config/nginx/nginx.conf").read_bytes() == b"x"
        assert folder.present() == {}
    assert not staged.exists()
