"""Is it the right disk, can it be written to, is there room? Asked before anything is written."""

import os
from collections import namedtuple
from pathlib import Path

import pytest

from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.snapshots.marker import MARKER, DiskMarker
from machiya.backup.errors import (
    BackupDiskForeign,
    BackupDiskFull,
    BackupDiskMissing,
    BackupDiskReadOnly,
    BackupMemoryDamaged,
)

ROOM = namedtuple("ROOM", "f_flag f_bavail f_frsize f_files f_favail")  # noqa: PYI024 – as os.statvfs answers


def marker(tmp_path: Path, disk: str = "disk", house: str = "home.test", memory: str = "house.json") -> DiskMarker:
    return DiskMarker(tmp_path / disk, house, tmp_path / memory, write_atomically)


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


def test_the_first_disk_is_marked_and_known_again(tmp_path: Path) -> None:
    marker(tmp_path).require_readable()
    marker(tmp_path).require()
    before = (tmp_path / "disk" / MARKER).read_bytes()
    marker(tmp_path).require()
    marker(tmp_path).require_readable()
    assert (tmp_path / "disk" / MARKER).read_bytes() == before
    assert contents(tmp_path / "disk") == [MARKER]


def test_a_mount_point_without_its_disk_is_refused_and_stays_empty(tmp_path: Path) -> None:
    marker(tmp_path).require()
    (tmp_path / "disk").rename(tmp_path / "unmounted")
    (tmp_path / "disk").mkdir()
    for require in (marker(tmp_path).require, marker(tmp_path).require_readable):
        with pytest.raises(BackupDiskMissing, match="is not mounted") as told:
            require()
        assert "--new-disk" in told.value.hint
    assert contents(tmp_path / "disk") == []
    (tmp_path / "disk").rmdir()
    with pytest.raises(BackupDiskMissing):
        marker(tmp_path).require()
    assert not (tmp_path / "disk").exists()


def test_a_new_disk_is_taken_when_a_person_says_so_and_both_are_known(tmp_path: Path) -> None:
    marker(tmp_path).require()
    marker(tmp_path, disk="second").require(new_disk=True)
    marker(tmp_path).require()
    marker(tmp_path, disk="second").require()


def test_the_disk_of_another_house_is_refused_even_as_a_new_one(tmp_path: Path) -> None:
    marker(tmp_path, disk="theirs", house="other.test", memory="other.json").require()
    marker(tmp_path).require()
    for new_disk in (False, True):
        with pytest.raises(BackupDiskForeign, match=r"another house \(other.test\)"):
            marker(tmp_path, disk="theirs").require(new_disk=new_disk)
    with pytest.raises(BackupDiskForeign):
        marker(tmp_path, disk="theirs", memory="rebuilt.json").require()


def test_a_house_that_was_rebuilt_knows_its_disk_by_its_name(tmp_path: Path) -> None:
    marker(tmp_path).require()
    marker(tmp_path, memory="rebuilt.json").require()
    (tmp_path / "disk").rename(tmp_path / "unmounted")
    with pytest.raises(BackupDiskMissing):
        marker(tmp_path, memory="rebuilt.json").require()


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"format": "other", "disk_id": "a", "house_id": "b"}'])
def test_a_mark_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / MARKER).write_text(text)
    with pytest.raises(BackupDiskForeign, match="is not what Machiya wrote"):
        marker(tmp_path).require()


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"house_id": "a"}'])
def test_a_damaged_memory_marks_nothing(tmp_path: Path, text: str) -> None:
    marker(tmp_path).require()
    (tmp_path / "disk").rename(tmp_path / "unmounted")
    (tmp_path / "disk").mkdir()
    (tmp_path / "house.json").write_text(text)
    for require in (marker(tmp_path).require, marker(tmp_path).require_readable):
        with pytest.raises(BackupMemoryDamaged, match=r"house.json is not what Machiya wrote") as told:
            require()
        assert "Mount the backup disk" in told.value.hint
    assert contents(tmp_path / "disk") == []
    (tmp_path / "disk").rmdir()
    (tmp_path / "unmounted").rename(tmp_path / "disk")
    (tmp_path / "house.json").unlink()
    marker(tmp_path).require()


def test_without_a_memory_what_may_be_a_mount_point_is_not_marked(tmp_path: Path) -> None:
    house, mount = tmp_path / "house", tmp_path / "mnt"
    house.mkdir()
    mount.mkdir()
    told = DiskMarker(mount / "machiya", "home.test", house / "memory.json", write_atomically, (house,))
    with pytest.raises(BackupDiskMissing, match="no disk is mounted") as error:
        told.require()
    assert "--new-disk" in error.value.hint
    assert contents(mount) == []
    told.require(new_disk=True)
    told.require()
    DiskMarker(house / "backup", "home.test", house / "other.json", write_atomically, (house,)).require()


def test_the_mark_is_durable_before_it_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
    )
    marker(tmp_path).require()
    assert synced[:2] == [f".{MARKER}", "disk"]


def test_a_read_only_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: ROOM(os.ST_RDONLY, 10**9, 4096, 10**6, 10**6))
    (tmp_path / "disk").mkdir()
    with pytest.raises(BackupDiskReadOnly, match="is read-only"):
        marker(tmp_path).require_room(1)


@pytest.mark.parametrize("room", [ROOM(0, 9, 10, 0, 0), ROOM(0, 1000, 10, 10**6, 5)])
def test_a_disk_without_room_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: os.statvfs_result
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: room)
    (tmp_path / "disk").mkdir()
    with pytest.raises(BackupDiskFull, match=r"no room left.*minimum_free is 100 B"):
        marker(tmp_path).require_room(100)


def test_a_shared_device_is_seen(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    assert marker(tmp_path).shares_device_with((tmp_path / "none", tmp_path)) == tmp_path
    assert marker(tmp_path).shares_device_with((Path("/proc"),)) is None
