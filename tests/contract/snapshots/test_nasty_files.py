"""Every kind of file that a folder can hold comes into a snapshot and back, the same in everything."""

# ruff: noqa: PTH101, PTH102, PTH103, PTH123, PTH211 – names are bytes here, pathlib takes text

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.snapshots import LONG_AGO_NS, Yard, facts, old, write

ROOT = os.geteuid() == 0
MIB = 1024 * 1024


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def round_trip(yard: Yard) -> None:
    """Taken twice (the second time from links), verified, restored: equal each time."""
    wanted = facts(yard.source)
    for day in (0, 1):
        yard.take(day)
        assert facts(yard.saved(day)) == wanted
    assert yard.problems(0, 1) == []
    target = yard.root / "restored"
    steps = yard.restore(yard.newest(), target)
    assert {str(one.step) for one in steps} == {"make"}
    assert facts(target / "mail") == wanted


def test_names_that_are_no_text(yard: Yard) -> None:
    names = [
        "メール".encode("shift_jis"),
        "日本語".encode(),
        b"new\nline",
        b"\xff\xfe",
        b" ",
        b"-rf",
        b"'\"$(x)",
        b"a" * 255,
    ]
    for number, name in enumerate(names):
        path = os.fsencode(yard.source) + b"/" + name
        with open(path, "wb") as file:
            file.write(b"%d" % number)
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    folder = os.fsencode(yard.source) + b"/\x83e\x83X\x83g/cur"
    os.makedirs(folder)
    with open(folder + b"/\x83e:2,S", "wb") as file:
        file.write(b"inside")
    round_trip(yard)


def test_empty_folders_and_empty_files(yard: Yard) -> None:
    (yard.source / "empty" / "emptier").mkdir(parents=True)
    write(yard.source / "empty" / "file", b"")
    round_trip(yard)


def test_symlinks_are_kept_as_they_are(yard: Yard) -> None:
    write(yard.source / "file")
    for name, target in (
        ("good", "file"),
        ("broken", "nowhere"),
        ("out", "/etc/passwd"),
        ("up", "../../.."),
        ("self", "self"),
    ):
        (yard.source / name).symlink_to(target)
        old(yard.source / name)
    os.symlink(b"\x83\xff", os.fsencode(yard.source) + b"/bytes")
    (yard.source / "folder").symlink_to("/")
    round_trip(yard)


def test_hard_links_are_one_file_afterwards(yard: Yard) -> None:
    one = write(yard.source / "b" / "one", b"shared" * 1000)
    for name in ("a/first", "b/two", "c/deep/three"):
        (yard.source / name).parent.mkdir(parents=True, exist_ok=True)
        os.link(one, yard.source / name)
    round_trip(yard)
    assert yard.newest().totals.size_bytes == 6000


def test_hard_links_that_part_and_meet(yard: Yard) -> None:
    one = write(yard.source / "one")
    os.link(one, yard.source / "two")
    yard.take(0)
    (yard.source / "two").unlink()
    write(yard.source / "two")
    write(yard.source / "three")
    yard.take(1)
    assert facts(yard.saved(1)) == facts(yard.source)
    (yard.source / "three").unlink()
    os.link(one, yard.source / "three")
    yard.take(2)
    assert facts(yard.saved(2)) == facts(yard.source)
    assert yard.problems(0, 1, 2) == []


@pytest.mark.parametrize("size", [0, 1, 4096, 64 * 1024, 3 * MIB + 17])
def test_sparse_files_keep_their_holes(yard: Yard, size: int) -> None:
    path = yard.source / "sparse"
    with path.open("wb") as file:
        file.truncate(16 * MIB)
        file.seek(5 * MIB)
        file.write(b"x" * size)
        file.truncate(16 * MIB + 3)
    old(path)
    blocks = path.stat().st_blocks
    round_trip(yard)
    for copy in (yard.saved(0) / "sparse", yard.root / "restored" / "mail" / "sparse"):
        assert copy.stat().st_blocks <= blocks + 64
    assert [one.sparse for one in yard.newest().entries() if one.size] == [True]


def test_large_files_cross_the_pieces_they_are_read_in(yard: Yard) -> None:
    for size in (256 * 1024, 256 * 1024 + 1, MIB, 2 * MIB + 1):
        write(yard.source / str(size), os.urandom(size))
    round_trip(yard)


def test_extended_attributes_of_files_and_folders(yard: Yard) -> None:
    path = write(yard.source / "folder" / "file")
    for place in (path, path.parent):
        os.setxattr(place, "user.empty", b"")
        os.setxattr(place, "user.bytes", bytes(range(256)))
    round_trip(yard)


@pytest.mark.parametrize("when_ns", [-1_500_000_000, -(2**31) * 10**9, 0, 1, 4_102_444_800_999_999_999])
def test_times_before_1970_and_far_ahead(yard: Yard, when_ns: int) -> None:
    write(yard.source / "file", when_ns=when_ns)
    (yard.source / "folder").mkdir()
    old(yard.source / "folder", when_ns)
    round_trip(yard)


@pytest.mark.parametrize("mode", [0o000, 0o400, 0o444, 0o600, 0o777, 0o1644, 0o2755, 0o4755])
def test_modes_of_files(yard: Yard, mode: int) -> None:
    write(yard.source / "file").chmod(mode)
    if not ROOT and not mode & 0o400:
        assert [one.what for one in yard.take().notes] == ["not saved: Permission denied"]
        return
    round_trip(yard)


@pytest.mark.parametrize("mode", [0o500, 0o555, 0o700, 0o1777, 0o2775])
def test_modes_of_folders_and_their_removal(yard: Yard, mode: int) -> None:
    write(yard.source / "folder" / "below" / "file")
    (yard.source / "folder" / "below").chmod(mode)
    (yard.source / "folder").chmod(mode)
    round_trip(yard)
    yard.disk.delete(yard.snapshot(0).name)
    assert not yard.snapshot(1).folder.with_name("2026-11-01").exists()
    for path in (yard.source / "folder", yard.root / "restored" / "mail" / "folder"):
        path.chmod(0o700)
        (path / "below").chmod(0o700)


def test_owners(yard: Yard) -> None:
    path = write(yard.source / "folder" / "file")
    link = yard.source / "link"
    link.symlink_to("file")
    for number, place in enumerate((path, path.parent, link)):
        if ROOT:
            os.chown(place, 5000 + number, 6000 + number, follow_symlinks=False)
    round_trip(yard)


def test_owners_that_cannot_be_given_stand_in_the_manifest(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(yard.source / "file")
    path.chmod(0o4755)
    if ROOT:
        os.chown(path, 5000, 6000)
        path.chmod(0o4755)
    wanted = path.stat()

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refused)
    yard.take(0)
    entry = next(one for one in yard.newest().entries() if one.path == b"mail/file")
    assert (entry.uid, entry.gid, entry.mode) == (wanted.st_uid, wanted.st_gid, 0o4755)
    saved = (yard.saved(0) / "file").stat()
    assert saved.st_mode & 0o4000 == (0o4000 if saved.st_uid == wanted.st_uid else 0)
    assert yard.take(1).totals.new_bytes == 0


names = st.binary(min_size=1, max_size=12).filter(
    lambda one: b"/" not in one and b"\0" not in one and one not in {b".", b".."}
)
files = st.tuples(
    st.binary(max_size=200), st.integers(0, 0o777).map(lambda mode: mode | 0o400), st.integers(-(2**31), 2**32)
)
trees: st.SearchStrategy[dict[bytes, Any]] = st.recursive(
    st.just({}), lambda below: st.dictionaries(names, files | names | below, max_size=4), max_leaves=12
)


def grow(folder: bytes, tree: dict[bytes, Any]) -> None:
    for name, what in tree.items():
        path = folder + b"/" + name
        if isinstance(what, dict):
            os.mkdir(path)
            grow(path, what)
        elif isinstance(what, bytes):
            os.symlink(what, path)
        else:
            assert isinstance(what, tuple)
            content, mode, seconds = what
            with open(path, "wb") as file:
                file.write(content)
            os.chmod(path, mode)
            os.utime(path, ns=(seconds * 10**9 + 7, seconds * 10**9 + 7))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees, trees)
def test_a_restore_equals_the_original_whatever_it_was(
    tmp_path_factory: pytest.TempPathFactory, first: dict[bytes, Any], second: dict[bytes, Any]
) -> None:
    yard = Yard(tmp_path_factory.mktemp("yard"))
    originals = []
    for day, tree in enumerate((first, second)):
        yard.source.rename(yard.root / f"before-{day}")
        yard.source.mkdir()
        grow(os.fsencode(yard.source), tree)
        originals.append(facts(yard.source))
        yard.take(day, accept_empty=True)
    for day, original in enumerate(originals):
        assert yard.problems(day) == []
        target = yard.root / f"restored-{day}"
        yard.restore(yard.snapshot(day), target)
        assert facts(target / "mail") == original
