"""One line more in Dovecot's list of subscribed folders."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from machiya.adapters.maildir.subscriptions import subscribe


@pytest.fixture
def maildir(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def test_subscribe_adds_levels_between_tabs_once(maildir: int, tmp_path: Path) -> None:
    assert subscribe(maildir, b".Work.2026")
    assert subscribe(maildir, b".Work.2026")
    assert (tmp_path / "subscriptions").read_bytes() == b"V\t2\n\nWork\t2026\n"
    assert [path.name for path in tmp_path.iterdir()] == ["subscriptions"]


def test_subscribe_keeps_an_old_file_old(maildir: int, tmp_path: Path) -> None:
    (tmp_path / "subscriptions").write_bytes(b"Sent\n")
    subscribe(maildir, b".Work.2026")
    assert (tmp_path / "subscriptions").read_bytes() == b"Sent\nWork.2026\n"


def test_subscribe_waits_for_no_lock_and_breaks_none(maildir: int, tmp_path: Path) -> None:
    (tmp_path / "subscriptions.lock").touch()
    assert not subscribe(maildir, b".Work")
    assert [path.name for path in tmp_path.iterdir()] == ["subscriptions.lock"]


def test_subscribe_follows_no_symlink(maildir: int, tmp_path: Path) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}-secret"
    secret.write_bytes(b"V\t2\n\nsecret\n")
    (tmp_path / "subscriptions").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        subscribe(maildir, b".Work")
    assert not (tmp_path / "subscriptions.lock").exists()
