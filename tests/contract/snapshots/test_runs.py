"""Runs: sources that are away, dumps that fail, how many are kept, interruptions, a full disk."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from fakes.snapshots import FIRST_DAY, MESSAGE, Dump, Yard, facts, inode, old, write
from machiya.adapters.snapshots import copier, copying, walk
from machiya.adapters.snapshots.manifest_file import MANIFEST
from machiya.backup.errors import BackupDiskFull, SnapshotMissing, SourceMissing
from machiya.backup.model import Rota, SnapshotName
from machiya.core.errors import Unavailable
from machiya.core.progress import Cancelled


def test_a_source_that_is_not_there_or_suddenly_empty_makes_no_snapshot(yard: Yard) -> None:
    path = write(yard.source / "file")
    yard.take(0)
    path.unlink()
    with pytest.raises(SourceMissing, match="is empty and was not"):
        yard.take(1)
    yard.source.rmdir()
    with pytest.raises(SourceMissing, match="cannot be saved"):
        yard.take(1)
    assert [str(one) for one in yard.disk.names()] == ["daily/2026-11-01"]
    yard.source.mkdir()
    assert yard.take(1, accept_empty=True).totals.entries == 1


def test_dumps_are_made_before_files_are_read_and_equal_dumps_are_stored_once(tmp_path: Path) -> None:
    dump = Dump()
    yard = Yard(tmp_path, dumpers=(dump,))
    write(yard.source / "file")
    yard.take(0)
    taken = yard.take(1)
    one, other = (yard.snapshot(day).folder / "databases" / "one.sql" for day in (0, 1))
    assert inode(one) == inode(other)
    assert taken.totals.new_bytes == 0
    dump.content += b"INSERT;\n"
    yard.take(2)
    assert (yard.snapshot(2).folder / "databases" / "one.sql").read_bytes() == dump.content
    assert one.read_bytes() != dump.content
    assert yard.newest().header.sources == ("databases", "mail")
    assert yard.problems(0, 1, 2) == []


def test_a_dump_that_fails_makes_no_snapshot(tmp_path: Path) -> None:
    yard = Yard(tmp_path, dumpers=(Dump(failure=Unavailable("the database is down")),))
    write(yard.source / "file")
    with pytest.raises(Unavailable, match="the database is down"):
        yard.take()
    assert yard.disk.snapshots() == ()


def test_exactly_so_many_are_kept_and_only_after_a_new_one_is_finished(yard: Yard) -> None:
    write(yard.source / "file")
    for day in range(9):
        yard.take(day)
    for week in range(5):
        yard.take(week * 7, Rota.WEEKLY)
    names = [str(one) for one in yard.disk.names()]
    assert [name for name in names if name.startswith("daily")] == [f"daily/2026-11-0{day}" for day in range(9, 2, -1)]
    assert len(names) == 7 + 4
    yard.source.rename(yard.root / "away")
    with pytest.raises(SourceMissing):
        yard.take(40)
    assert [str(one) for one in yard.disk.names()] == names


def test_another_one_of_the_same_day_takes_the_place_of_the_first(yard: Yard) -> None:
    write(yard.source / "file")
    yard.take(0)
    write(yard.source / "other")
    yard.take(0)
    assert sorted(facts(yard.saved(0))) == [b"file", b"other"]
    assert not list(yard.disk_root.glob(".*"))
    assert yard.problems(0) == []


def test_a_cancelled_run_is_not_listed_and_the_next_one_goes_on_with_it(yard: Yard) -> None:
    for number in range(200):
        write(yard.source / f"{number:03}")

    class Impatient:
        def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
            raise Cancelled(f"enough: {name} {done} {total} {unit}")

        def line(self, text: str) -> None:
            assert text

    with pytest.raises(Cancelled):
        yard.take(0, progress=Impatient())
    assert yard.disk.snapshots() == ()
    assert yard.take(1).totals.entries == 201
    assert [str(one) for one in yard.disk.names()] == ["daily/2026-11-02"]
    assert not list(yard.disk_root.glob(".*"))
    assert yard.problems(1) == []


def test_an_interrupted_run_goes_on_after_its_last_checkpoint(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copier, "CHECKPOINT_BYTES", 1)
    for number in range(200):
        write(yard.source / f"{number:03}")
    steps = 0
    copied: list[bytes] = []

    class Patient:
        def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
            nonlocal steps
            steps += 1
            if steps == 2:
                raise Cancelled(f"enough: {name} {done} {total} {unit}")

        def line(self, text: str) -> None:
            assert text

    def counted(name: bytes, place: copying.Place, *rest: Any) -> copying.Saved:
        copied.append(name)
        return copying.copy(name, place, *rest)

    with pytest.raises(Cancelled):
        yard.take(progress=Patient())
    monkeypatch.setattr("machiya.adapters.snapshots.walk.copy", counted)
    yard.take()
    assert copied == [b"%03d" % number for number in range(127, 200)]
    assert facts(yard.saved(0)) == facts(yard.source)
    assert yard.problems(0) == []


def test_what_an_interrupted_run_saved_for_sure_is_not_copied_again(yard: Yard) -> None:
    write(yard.source / MESSAGE)
    yard.take(0)
    # As a run leaves it that was killed after its last checkpoint: everything there, but its name.
    yard.snapshot(0).folder.rename(yard.disk_root / ".partial-daily-2026-11-01")
    kept = inode(yard.disk_root / ".partial-daily-2026-11-01" / "mail" / MESSAGE)
    (yard.disk_root / ".partial-daily-2026-11-01" / "mail" / "gone").write_bytes(b"not in the source any more")
    taken = yard.take(1)
    assert inode(yard.saved(1) / MESSAGE) == kept
    assert taken.totals.new_bytes == 6
    assert yard.problems(1) == []


def test_a_draft_that_is_too_old_is_thrown_away(yard: Yard) -> None:
    write(yard.source / MESSAGE)
    yard.take(0)
    left = yard.disk_root / ".partial-daily-2026-11-01"
    yard.snapshot(0).folder.rename(left)
    kept = inode(left / "mail" / MESSAGE)
    holder = (left / "mail" / MESSAGE).open("rb")  # so that the number of the inode is not given out again
    old(left)
    with holder:
        yard.take(1)
        assert inode(yard.saved(1) / MESSAGE) != kept


def test_a_full_disk_says_so_and_leaves_room(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    write(yard.source / "1")
    yard.take(0)
    write(yard.source / "2")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(BackupDiskFull, match="no room left"):
        yard.take(1)
    monkeypatch.undo()
    assert not list(yard.disk_root.glob(".*"))
    assert [str(one) for one in yard.disk.names()] == ["daily/2026-11-01"]
    assert yard.problems(0) == []
    assert yard.take(1).totals.new_bytes == 6


def test_folders_that_lie_too_deep_are_noted(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "DEEPEST", 3)
    write(yard.source / "1/2/3/4/5/file")
    taken = yard.take()
    assert [str(one) for one in taken.notes] == ["mail/1/2/3/4: not saved: deeper than 3 folders"]
    assert yard.problems(0) == []


def test_the_deepest_folders_that_are_promised_can_be_saved(yard: Yard) -> None:
    write(yard.source.joinpath(*["d"] * walk.DEEPEST) / "file")
    taken = yard.take()
    assert taken.notes == ()
    assert facts(yard.saved(0)) == facts(yard.source)


def test_open_gives_the_content_and_nothing_from_outside(yard: Yard) -> None:
    write(yard.source / "file")
    (yard.source / "link").symlink_to("file")
    yard.take()
    with yard.newest().open(b"mail/file") as file:
        assert file.read() == b"hello\n"
    for path in (b"mail/link", b"mail/none", b"mail"):
        with pytest.raises(SnapshotMissing):
            yard.newest().open(path)


def test_only_finished_snapshots_are_listed(yard: Yard) -> None:
    write(yard.source / "file")
    yard.take()
    for name in ("daily/2026-11-05", "daily/notes", "weekly/2026-13-01"):
        (yard.disk_root / name).mkdir(parents=True)
    (yard.disk_root / "weekly/2026-13-01" / MANIFEST).touch()
    assert yard.disk.names() == (SnapshotName(FIRST_DAY, Rota.DAILY),)


def test_the_manifest_says_where_it_is_from(yard: Yard) -> None:
    write(yard.source / "file")
    yard.take()
    header = yard.newest().header
    assert (header.house, header.program, json.dumps(header.sources)) == ("home.test", "test", '["mail"]')
