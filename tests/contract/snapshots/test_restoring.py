"""Getting back: nothing that is there is lost, nothing is written elsewhere, nothing damaged comes back as good."""

import os
from pathlib import Path

import pytest

from fakes.snapshots import LONG_AGO_NS, Yard, facts, write
from machiya.adapters.snapshots.restoring import Manner
from machiya.backup.errors import SnapshotMissing
from machiya.backup.restore import Done

HERE = Manner(base=b"mail")
OVER = Manner(base=b"mail", replace=True)


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    yard = Yard(tmp_path)
    for name in ("a/1", "a/b/2", "c/3"):
        write(yard.source / name, name.encode())
    yard.take()
    return yard


def steps(found: list[Done]) -> dict[str, list[bytes]]:
    told: dict[str, list[bytes]] = {}
    for one in found:
        told.setdefault(str(one.step), []).append(one.name)
    return told


def test_a_folder_of_it_comes_back_with_the_folders_above(yard: Yard, tmp_path: Path) -> None:
    done = yard.restore(yard.newest(), tmp_path / "to", b"mail/a/b")
    assert steps(done) == {"make": [b"mail", b"mail/a", b"mail/a/b", b"mail/a/b/2"]}
    assert (tmp_path / "to/mail/a/b/2").read_bytes() == b"a/b/2"
    assert (tmp_path / "to/mail/a").stat().st_mtime_ns == (yard.source / "a").stat().st_mtime_ns


def test_a_path_that_is_not_there_is_named(yard: Yard, tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing, match="has no mail/none"):
        yard.restore(yard.newest(), tmp_path / "to", b"mail/a/1", b"mail/none")


def test_where_it_was_only_what_is_missing_comes_back(yard: Yard) -> None:
    (yard.source / "a/1").unlink()
    write(yard.source / "new")
    kept = facts(yard.source)
    done = steps(yard.restore(yard.newest(), yard.source, manner=HERE))
    assert done["make"] == [b"mail/a/1"]
    assert (yard.source / "a/1").read_bytes() == b"a/1"
    assert {path: what for path, what in facts(yard.source).items() if path in kept and path != b"a"} == {
        path: what for path, what in kept.items() if path != b"a"
    }


def test_another_file_in_the_place_stays_and_the_old_one_comes_beside_it(yard: Yard) -> None:
    write(yard.source / "a/1", b"mine", LONG_AGO_NS + 9)
    for expected in ("beside", "same"):
        done = steps(yard.restore(yard.newest(), yard.source, b"mail/a/1", manner=HERE))
        assert len(done[expected]) == (1 if expected == "beside" else 2)
        assert (yard.source / "a/1").read_bytes() == b"mine"
        assert (yard.source / "a/1.from-daily-2026-11-01").read_bytes() == b"a/1"


def test_replace_puts_the_old_one_in_the_place(yard: Yard) -> None:
    write(yard.source / "a/1", b"mine", LONG_AGO_NS + 9)
    (yard.source / "c/3").unlink()
    (yard.source / "c/3").symlink_to("/etc/passwd")
    done = steps(yard.restore(yard.newest(), yard.source, manner=OVER))
    assert done["replace"] == [b"mail/a/1", b"mail/c/3"]
    assert facts(yard.source)[b"a/1"] == facts(yard.saved(0))[b"a/1"]
    assert (yard.source / "c/3").read_bytes() == b"c/3"


@pytest.mark.parametrize("replace", [False, True])
def test_a_dry_run_tells_exactly_what_would_be_done_and_does_nothing(yard: Yard, replace: bool) -> None:  # noqa: FBT001 – parameter
    write(yard.source / "a/1", b"mine", LONG_AGO_NS + 9)
    (yard.source / "a/b/2").unlink()
    (yard.source / "a/b").rmdir()
    before = facts(yard.source)
    look = Manner(b"mail", replace, only_look=True)
    told = yard.restore(yard.newest(), yard.source, manner=look)
    assert facts(yard.source) == before
    assert yard.restore(yard.newest(), yard.source, manner=Manner(b"mail", replace)) == told


def test_a_folder_or_a_symlink_in_the_way_is_told_and_nothing_goes_through_it(yard: Yard, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (yard.source / "a").rename(tmp_path / "a")
    (yard.source / "a").symlink_to(outside)
    (yard.source / "c/3").unlink()
    (yard.source / "c/3").mkdir()
    for manner in (HERE, OVER):
        done = steps(yard.restore(yard.newest(), yard.source, manner=manner))
        assert done["blocked"] == [b"mail/c/3", b"mail/a"] or done["blocked"] == [b"mail/a", b"mail/c/3"]
    assert list(outside.iterdir()) == []


def test_a_symlink_of_the_snapshot_is_not_followed(tmp_path: Path) -> None:
    """A snapshot of a hostile tree: first a symlink to outside, then (another day) a folder of that name."""
    yard = Yard(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (yard.source / "door").symlink_to(outside)
    yard.take(0)
    (yard.source / "door").unlink()
    write(yard.source / "door/file")
    yard.take(1)
    target = tmp_path / "to"
    yard.restore(yard.snapshot(0), target)
    done = steps(yard.restore(yard.snapshot(1), target))
    assert done["blocked"] == [b"mail/door"]
    assert list(outside.iterdir()) == []


def test_a_damaged_file_does_not_come_back(yard: Yard, tmp_path: Path) -> None:
    path = yard.saved(0) / "a/1"
    status = path.stat()
    path.write_bytes(b"a/X")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    done = steps(yard.restore(yard.newest(), tmp_path / "to"))
    assert done["damaged"] == [b"mail/a/1"]
    assert sorted(one.name for one in (tmp_path / "to/mail/a").iterdir()) == ["b"]


def test_one_name_of_a_file_with_several_comes_back_alone(yard: Yard, tmp_path: Path) -> None:
    os.link(yard.source / "a/1", yard.source / "z")
    yard.take(1)
    yard.restore(yard.newest(), tmp_path / "to", b"mail/z", b"mail/c")
    assert {path.name: path.read_bytes() for path in (tmp_path / "to").rglob("*") if path.is_file()} == {
        "z": b"a/1",
        "3": b"c/3",
    }
