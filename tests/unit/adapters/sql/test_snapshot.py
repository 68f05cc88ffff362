import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from fakes.moving_clock import MovingClock
from fakes.snapshot import FolderSnapshot
from machiya.adapters.sql.engine import open_engine, sqlite_url
from machiya.adapters.sql.load import SqliteLoader
from machiya.adapters.sql.snapshot import SqliteDumper
from machiya.backup.databases import DatabaseRestorer, DumpDamaged
from machiya.core.errors import AlreadyExists, Conflict, InvalidInput, NotFound, Unavailable
from machiya.core.progress import SILENT, Cancelled

ROWS = 3000


class House:
    """A database in use, a snapshot, and what brings it back."""

    def __init__(self, folder: Path) -> None:
        self.fast, self.kept = folder / "fast", folder / "kept"
        self.fast.mkdir()
        self.file = self.fast / "machiya.sqlite3"
        self.engine = open_engine(sqlite_url(self.file))
        self.dumper = SqliteDumper(self.file, "machiya")
        self.snapshot, self.settled, self.alone = FolderSnapshot(folder / "snapshot"), 0, True
        self.last_words = ""
        self.restorer = DatabaseRestorer(
            SqliteLoader(self.fast, self._alone), self._folder, self._settle, MovingClock()
        )
        self.do("CREATE TABLE letters (id INTEGER PRIMARY KEY, body TEXT)")
        self.do("CREATE TABLE empty (id INTEGER)")
        self.do(f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) "  # noqa: S608 – fixed
                "INSERT INTO letters SELECT i, printf('%0400d', i) FROM n")  # fmt: skip

    def do(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def count(self, path: Path | None = None) -> int:
        with contextlib.closing(sqlite3.connect(path or self.file)) as database:
            return int(database.execute("SELECT COUNT(*) FROM letters").fetchone()[0])

    def take(self) -> Path:
        target = self.snapshot.folder / "databases"
        target.mkdir(parents=True)
        self.dumper.dump(target, SILENT)
        return target / "machiya.sqlite3"

    def _folder(self) -> Path:
        self.kept.mkdir()
        return self.kept

    def _settle(self) -> None:
        self.settled += 1

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.alone:
            raise Conflict("the house runs")
        if self.last_words:
            self.do(self.last_words)
        yield


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.engine.dispose()


class Meanwhile:
    """Something happens between two steps of a copy."""

    def __init__(self, house: House, *, cancel: bool = False) -> None:
        self._house, self._cancel, self.acted = house, cancel, 0

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        del name, unit
        if self._cancel:
            raise Cancelled("stop")
        if done < total:
            self.acted += 1
            self._house.do("INSERT INTO letters (body) VALUES ('later')")
            self._house.do("UPDATE letters SET body = 'changed'")

    def line(self, text: str) -> None:
        del text


def test_a_dump_is_one_whole_file_and_the_same_while_nothing_changes(house: House, tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        house.dumper.dump(tmp_path / name, SILENT)
        assert [path.name for path in (tmp_path / name).iterdir()] == ["machiya.sqlite3"]
        contents.append((tmp_path / name / "machiya.sqlite3").read_bytes())
        house.engine.dispose()  # the last connection moves the journal into the file
    assert contents[0] == contents[1]
    assert house.count(tmp_path / "one" / "machiya.sqlite3") == ROWS


def test_a_dump_shows_one_moment_and_whoever_writes_does_not_wait(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("machiya.adapters.sql.snapshot._PAGES", 16)
    meanwhile = Meanwhile(house)
    house.dumper.dump(tmp_path, meanwhile)
    assert meanwhile.acted > 3
    with contextlib.closing(sqlite3.connect(tmp_path / "machiya.sqlite3")) as database:
        assert database.execute("SELECT COUNT(*), COUNT(DISTINCT body) FROM letters").fetchone() == (ROWS, ROWS)
    assert house.count() == ROWS + meanwhile.acted


def test_a_dump_that_was_stopped_leaves_nothing(house: House, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    with pytest.raises(Cancelled):
        house.dumper.dump(tmp_path / "target", Meanwhile(house, cancel=True))
    assert list((tmp_path / "target").iterdir()) == []


def test_no_database_is_an_error_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        SqliteDumper(tmp_path / "gone.sqlite3", "gone").dump(tmp_path, SILENT)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_no_dump(house: House, tmp_path: Path) -> None:
    house.engine.dispose()
    content = bytearray(house.file.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    house.file.write_bytes(content)
    (tmp_path / "target").mkdir()
    with pytest.raises(Unavailable, match=r"damaged|malformed"):
        house.dumper.dump(tmp_path / "target", SILENT)
    assert list((tmp_path / "target").iterdir()) == []


def test_a_database_comes_back_beside_the_present_one(house: House) -> None:
    dump = house.take()
    house.do("DELETE FROM letters")
    plan = house.restorer.plan(house.snapshot, "machiya")
    assert (plan.target, plan.rows) == ("machiya_restored_20261129", {"letters": ROWS, "empty": 0})
    assert house.restorer.apply(plan).loaded.identical
    restored = house.fast / "machiya_restored_20261129.sqlite3"
    assert restored.read_bytes() == dump.read_bytes()
    assert restored.stat().st_mode & 0o777 == 0o600
    assert (house.count(), house.settled) == (0, 0)
    with pytest.raises(AlreadyExists):
        house.restorer.plan(house.snapshot, "machiya")


def test_replace_keeps_the_present_one_and_is_seen_by_who_has_it_open(house: House) -> None:
    house.take()
    house.do("DELETE FROM letters WHERE id > 5")
    (house.fast / ".loading-crashed.sqlite3").touch()
    with house.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM letters").scalar() == 5
        connection.rollback()
        done = house.restorer.apply(house.restorer.plan(house.snapshot, "machiya", replace=True))
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM letters").scalar() == ROWS
    assert done.loaded.identical
    assert done.kept
    assert (house.count(done.kept), house.count(), house.settled) == (5, ROWS, 1)
    assert not [path for path in house.fast.iterdir() if "loading" in path.name]


def test_replace_waits_for_nobody_who_runs_the_house(house: House) -> None:
    house.take()
    house.do("DELETE FROM letters")
    plan = house.restorer.plan(house.snapshot, "machiya", replace=True)
    house.alone = False
    with pytest.raises(Conflict):
        house.restorer.apply(plan)
    assert house.count() == 0
    assert list(house.kept.iterdir()) == []


def test_what_is_kept_is_of_the_quiet_moment_and_durable_before_it_is_replaced(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.take()
    house.do("DELETE FROM letters WHERE id > 5")
    synced: list[tuple[str, int]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, house.count()))
        real(descriptor)

    plan = house.restorer.plan(house.snapshot, "machiya", replace=True)
    monkeypatch.setattr(os, "fsync", fsync)
    house.last_words = "DELETE FROM letters WHERE id > 3"
    done = house.restorer.apply(plan)
    assert done.kept
    assert (house.count(done.kept), house.count()) == (3, ROWS)
    names = ("machiya.sqlite3", done.kept.parent.name, "kept", house.kept.parent.name)
    assert synced == [(name, 3) for name in names]


def test_a_dump_that_goes_bad_after_the_plan_keeps_and_changes_nothing(house: House) -> None:
    dump = house.take()
    plan = house.restorer.plan(house.snapshot, "machiya", replace=True)
    dump.write_bytes(b"")
    with pytest.raises(DumpDamaged):
        house.restorer.apply(plan)
    assert house.count() == ROWS
    assert list(house.kept.iterdir()) == []


def test_an_unpacked_dump_is_private_from_its_first_moment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.take()
    modes: list[int] = []

    def copying(source: BinaryIO, target: BinaryIO) -> None:
        modes.append(os.fstat(target.fileno()).st_mode & 0o777)
        target.write(source.read())

    monkeypatch.setattr("machiya.adapters.sql.load.shutil.copyfileobj", copying)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    house.restorer.plan(house.snapshot, "machiya")
    assert modes == [0o600]


@pytest.mark.parametrize("keep", [0, 100, 50_000, -4096])
def test_a_truncated_dump_is_not_loaded(house: House, keep: int) -> None:
    dump = house.take()
    dump.write_bytes(dump.read_bytes()[:keep])
    with pytest.raises(DumpDamaged):
        house.restorer.plan(house.snapshot, "machiya")


def test_what_the_manifest_does_not_say_is_not_loaded(house: House) -> None:
    house.take()
    house.snapshot.forged = True
    with pytest.raises(DumpDamaged):
        house.restorer.plan(house.snapshot, "machiya")


def test_a_plan_names_what_is_wrong_with_the_question(house: House) -> None:
    house.take()
    assert house.restorer.databases(house.snapshot) == ("machiya",)
    with pytest.raises(NotFound) as told:
        house.restorer.plan(house.snapshot, "other")
    assert told.value.hint == "It has: machiya."
    with pytest.raises(InvalidInput):
        house.restorer.plan(house.snapshot, "machiya", name="../x")
    with pytest.raises(InvalidInput):
        house.restorer.plan(house.snapshot, "machiya", name="x", replace=True)
