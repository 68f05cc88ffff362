"""What could not be saved is never passed over: the job fails, nothing older goes, and it is told again."""

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.backup_house import MESSAGE, BackupHouse
from fakes.snapshots import Dump, Yard, facts, write
from machiya.adapters.snapshots import walk
from machiya.adapters.snapshots.folders import names_in
from machiya.adapters.snapshots.tally import Tally
from machiya.backup.errors import BackupDiskFailed, BackupIncomplete
from machiya.backup.model import Rota
from machiya.backup.ports import FileTree, Sources
from machiya.bootstrap.jobs import works_of
from machiya.core.errors import Unavailable
from machiya.core.progress import SILENT, Cancelled
from machiya.jobs.model import JobKind

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def unreadable(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def failing(descriptor: int) -> tuple[list[bytes], list[bytes]]:
        if os.path.samestat(os.fstat(descriptor), folder.stat()):
            raise OSError(errno.EIO, "Input/output error")
        return names_in(descriptor)

    monkeypatch.setattr(walk, "names_in", failing)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BackupHouse:
    return BackupHouse(tmp_path, monkeypatch)


def test_the_job_fails_while_a_folder_cannot_be_read_and_no_older_snapshot_goes(
    house: BackupHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.at(START).backups.run(Rota.DAILY, SILENT)
    with monkeypatch.context() as patch:
        unreadable(patch, house.mail / "home.test")
        for day in range(1, 10):
            job = works_of(house.at(START + timedelta(days=day)))[JobKind.BACKUP_DAILY]
            with pytest.raises(BackupIncomplete, match=r"1 files or folders .*mail/home.test: not saved: Input/output"):
                job({}, SILENT)
            with pytest.raises(BackupIncomplete, match="1 files or folders"):  # asked again: it is there, and not whole
                job({}, SILENT)
    opened = house.at(START + timedelta(days=9)).backups
    assert len(opened.disk.names()) == 10
    assert b"mail/" + MESSAGE.encode() in [one.path for one in opened.disk.snapshots()[-1].entries()]
    again = opened.take(Rota.DAILY, SILENT, again=True)
    assert (again.lost, again.totals.lost, len(again.pruned)) == ((), 0, 3)


def test_what_changed_while_it_was_read_is_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    yard = Yard(tmp_path)
    path = write(yard.source / "log", b"x" * 100)
    real = os.fstat

    def growing(descriptor: int) -> os.stat_result:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == path:
            with path.open("ab") as file:
                file.write(b"y")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", growing)
    taken = yard.take()
    assert (len(taken.notes), taken.lost, taken.totals.lost) == (1, (), 0)


def test_a_source_whose_folder_is_gone_is_missed_until_a_person_says_it_is_right(house: BackupHouse) -> None:
    mail = house.sources.trees[0]
    logs = write(house.root / "logs/one").parent
    house.sources = Sources((), (mail, FileTree("logs", logs, ("logs", "ログ"))))
    house.at(START).backups.run(Rota.DAILY, SILENT)
    house.sources = Sources((), (mail,))
    for day in (1, 2):
        with pytest.raises(BackupIncomplete, match="logs: not saved: its folder is gone"):
            house.at(START + timedelta(days=day)).backups.run(Rota.DAILY, SILENT)
    third = house.at(START + timedelta(days=3)).backups
    assert third.take(Rota.DAILY, SILENT, accept_empty=True).totals.lost == 0
    house.at(START + timedelta(days=4)).backups.run(Rota.DAILY, SILENT)


def no_links(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_disk_without_hard_links_saves_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    yard = Yard(tmp_path, dumpers=(Dump(),))
    os.link(write(yard.source / "1"), yard.source / "2")
    new = write(yard.source / "a/new/1.b")
    (yard.source / "a/cur").mkdir()
    monkeypatch.setattr(os, "link", no_links)
    first = yard.take(0)
    new.rename(yard.source / "a/cur/1.b:2,S")
    second = yard.take(1)
    assert (first.notes, second.notes) == ((), ())
    for day in (0, 1):
        assert (yard.saved(day).parent / "databases/one.sql").read_bytes() == Dump().content
    assert sorted(facts(yard.saved(1))) == [b"1", b"2", b"a", b"a/cur", b"a/cur/1.b:2,S", b"a/new"]
    assert yard.problems(0, 1) == []


def test_a_dump_that_cannot_come_in_makes_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    yard = Yard(tmp_path, dumpers=(Dump(),))

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "link", refused)
    with pytest.raises(BackupDiskFailed, match="Invalid argument"):
        yard.take()
    assert yard.disk.names() == ()


def full() -> Unavailable:
    error = Unavailable("the dump of one cannot be written", hint="Is there room?")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


def test_a_failed_dump_leaves_no_draft(tmp_path: Path) -> None:
    yard = Yard(tmp_path, dumpers=(Dump(failure=Unavailable("the server is gone", hint="")),))
    with pytest.raises(Unavailable):
        yard.take()
    assert list(yard.disk_root.iterdir()) == []


@pytest.mark.parametrize(("failure", "stays"), [(full(), False), (Unavailable("gone", hint=""), True)])
def test_a_dump_that_meets_a_full_disk_takes_the_interrupted_run_with_it(
    tmp_path: Path, failure: Unavailable, *, stays: bool
) -> None:
    yard = Yard(tmp_path)
    write(yard.source / "1")

    class Stop:
        def step(self, _name: str, _done: int, _total: int = 0, *, unit: str = "") -> None:
            raise Cancelled(unit)

        def line(self, text: str) -> None:
            raise Cancelled(text)

    with pytest.raises(Cancelled):
        yard.take(progress=Stop())
    assert len(list(yard.disk_root.iterdir())) == 1
    yard.dumpers = (Dump(failure=failure),)
    with pytest.raises(Unavailable):
        yard.take()
    assert bool(list(yard.disk_root.glob(".partial-*"))) == stays


def test_losses_are_not_crowded_out_by_harmless_notes() -> None:
    tally = Tally(SILENT)
    for number in range(1500):
        tally.note(b"%d" % number, "changed while it was read")
    tally.note(b"lost", "not saved", lost=True)
    assert (len(tally.notes), tally.lost, tally.notes[-1].path) == (1001, 1, b"lost")
