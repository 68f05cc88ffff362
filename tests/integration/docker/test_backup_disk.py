"""Real backup disks that are full, read-only or away: file systems in memory, mounted for the test (root)."""

import os
import subprocess  # noqa: TID251 – mount has no other way
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.command_line import Outcome, machiya
from fakes.snapshots import Yard, facts, write
from machiya.backup.errors import BackupDiskFull
from machiya.core.sizes import MIB

pytestmark = pytest.mark.docker  # the lane of root


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, timeout=30)  # noqa: S603,S607 – the test's own words


def umount(folder: Path, *options: str) -> bool:
    return subprocess.run(["umount", *options, str(folder)], check=False, timeout=30).returncode == 0  # noqa: S603,S607 – as above


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    assert os.geteuid() == 0, "the docker lane runs as root"
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=4m", "machiya-test", str(folder))
    yield folder
    if folder.is_mount() and not umount(folder):
        umount(folder, "--lazy")
        pytest.fail("something of the backup still holds the disk")


@pytest.mark.parametrize("size", [64 * 1024, 3 * MIB])
def test_a_disk_that_becomes_full_keeps_its_snapshots_and_has_room_again(tmp_path: Path, disk: Path, size: int) -> None:
    yard = Yard(tmp_path)
    write(yard.source / "0", b"a" * MIB)
    yard.take(0)
    first = facts(yard.saved(0))
    free = os.statvfs(disk).f_bavail
    for number in range(1, 2 + 4 * MIB // size):
        write(yard.source / str(number), b"%d" % number * (size // len(str(number))))
    with pytest.raises(BackupDiskFull, match="no room left"):
        yard.take(1)
    assert [str(one) for one in yard.disk.names()] == ["daily/2026-11-01"]
    assert (facts(yard.saved(0)), yard.problems(0)) == (first, [])
    assert os.statvfs(disk).f_bavail == free
    for number in range(1, 2 + 4 * MIB // size):
        (yard.source / str(number)).unlink()
    assert yard.take(1).totals.new_bytes == 0


@pytest.fixture
def house(tmp_path: Path, disk: Path) -> Path:
    root = tmp_path / "house"
    assert machiya(root, "init", "--sample").code == 0
    text = (root / "machiya.toml").read_text("utf-8")
    text = text.replace("\n[storage]\n", f'\n[storage]\nbackup = "{disk}"\n')
    text = text.replace("\n[backup]\n", '\n[backup]\nminimum_free = "1 MiB"\n')
    (root / "machiya.toml").write_text(text, "utf-8")
    assert machiya(root, "backup", "run").code == 0
    return root


def refused(house: Path, words: str) -> Outcome:
    told = machiya(house, "backup", "run", "--weekly")
    assert words in told.err
    return told


def test_a_read_only_disk_is_refused_and_can_be_read(house: Path, disk: Path) -> None:
    mount("-o", "remount,ro", str(disk))
    assert refused(house, "is read-only").code == 7
    assert machiya(house, "backup", "verify").code == 0


def test_an_unmounted_disk_is_refused_and_nothing_is_written_below_it(house: Path, disk: Path) -> None:
    assert umount(disk)
    assert refused(house, "is not mounted").code == 9
    assert list(disk.iterdir()) == []


def test_a_disk_without_room_is_refused(house: Path, disk: Path) -> None:
    (disk / "filler").write_bytes(bytes(3 * MIB + MIB // 2))
    assert refused(house, "no room left").code == 9
