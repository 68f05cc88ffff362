"""Rot, loss and additions in a snapshot are found and named."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.snapshots import Yard, write
from machiya.adapters.snapshots.checking import check
from machiya.core.progress import SILENT

PATH = "you/Maildir/cur/1.a:2,S"


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    yard = Yard(tmp_path)
    write(yard.source / PATH, b"x" * 1000)
    write(yard.source / "other", b"y" * 500)
    os.link(yard.source / "other", yard.source / "twin")
    (yard.source / "link").symlink_to("other")
    yard.take(0)
    yard.take(1)
    return yard


def silently(path: Path, content: bytes) -> None:
    """As a disk does it: the time stays."""
    status = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def flip(folder: Path) -> None:
    silently(folder / PATH, b"x" * 999 + b"y")


def truncate(folder: Path) -> None:
    silently(folder / PATH, b"x" * 999)


def zero(folder: Path) -> None:
    silently(folder / PATH, bytes(1000))


def touch(folder: Path) -> None:
    (folder / PATH).touch()


def open_up(folder: Path) -> None:
    (folder / PATH).chmod(0o666)


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (flip, "its content changed"),
        (zero, "its content changed"),
        (truncate, "has 999 bytes, not 1000"),
        (touch, "its time changed"),
        (open_up, "its mode is 666, not 644"),
    ],
)
def test_harm_to_a_shared_file_is_named_in_every_day(yard: Yard, harm: Callable[[Path], None], what: str) -> None:
    (yard.source / PATH).chmod(0o644)
    harm(yard.saved(0))
    assert sorted(yard.problems(0, 1)) == [f"daily/2026-11-0{day}/mail/{PATH}: {what}" for day in (1, 2)]


def test_harm_to_one_day_is_named_there(yard: Yard) -> None:
    (yard.saved(1) / PATH).unlink()
    (yard.saved(1) / "link").unlink()
    (yard.saved(1) / "link").symlink_to("elsewhere")
    (yard.saved(1) / "twin").unlink()
    (yard.saved(1) / "twin").write_bytes(b"y" * 500)
    write(yard.saved(1) / "you/extra")
    assert sorted(yard.problems(0, 1)) == [
        "daily/2026-11-02/mail/link: points elsewhere",
        "daily/2026-11-02/mail/twin: is not the same file as its first name",
        f"daily/2026-11-02/mail/{PATH}: is missing",
        "daily/2026-11-02/mail/you/extra: is not in the manifest",
    ]


def test_a_file_that_became_a_folder_is_named(yard: Yard) -> None:
    (yard.saved(0) / PATH).unlink()
    (yard.saved(0) / PATH).mkdir()
    assert {one.rpartition(": ")[2] for one in yard.problems(0)} == {"is missing", "is not in the manifest"}


@pytest.mark.parametrize("at", [0.0, 0.3, 0.6, 0.99])
def test_a_damaged_manifest_is_named_and_the_other_days_are_still_looked_at(yard: Yard, at: float) -> None:
    manifest = yard.snapshot(0).manifest
    data = bytearray(manifest.read_bytes())
    data[int(len(data) * at)] ^= 0xFF
    manifest.write_bytes(data)
    problems = yard.problems(0, 1)
    assert any(one.startswith("daily/2026-11-01: ") for one in problems)
    assert not any(one.startswith("daily/2026-11-02") for one in problems)


def test_what_days_share_is_read_once(yard: Yard) -> None:
    found = check([yard.snapshot(0), yard.snapshot(1)], SILENT)
    assert (found.problems, found.read_bytes) == ([], 1500)


def test_the_next_snapshot_after_harm_is_whole_again(yard: Yard) -> None:
    truncate(yard.saved(1))
    yard.take(2)
    assert yard.problems(2) == []
