"""The command that brings a database back, with a snapshot that was made by hand."""

import contextlib
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from fakes.snapshot import NAME, FolderSnapshot
from machiya.bootstrap import House
from machiya.core.errors import Conflict, NotFound, Refused
from machiya.core.progress import SILENT
from machiya.entrypoints.cli.house import Chosen
from machiya.entrypoints.cli.main import main
from machiya.entrypoints.cli.restore_database import restore_database_from

DAY = "daily/2026-11-29"


class Desk:
    """A house with a snapshot of its databases, and the command."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "house"
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert main(["--house", str(self.root), "init", "--sample"]) == 0
        self.house = House(self.root)
        self.snapshot = FolderSnapshot(folder / "snapshot")
        target = self.snapshot.folder / "databases"
        target.mkdir(parents=True)
        for dumper in self.house.backup_sources().dumpers:
            dumper.dump(target, SILENT)
        self.app = typer.Typer()
        self.app.callback()(lambda: None)
        self.app.command("restore-database")(restore_database_from(lambda _house, name: self._found(name)))

    @property
    def file(self) -> Path:
        return self.house.sqlite_file

    def _found(self, name: str) -> FolderSnapshot:
        if name != str(NAME):
            raise NotFound(f"there is no snapshot {name}")
        return self.snapshot

    def databases(self) -> list[Path]:
        """Without what SQLite keeps beside one while somebody has it open."""
        return sorted(path for path in self.file.parent.iterdir() if not path.name.endswith(("-wal", "-shm")))

    def run(self, *words: str) -> str:
        """What it says.

        Raises:
            Exception: what it raises.
        """
        arguments = ["restore-database", *words]
        done = CliRunner().invoke(self.app, arguments, obj=Chosen(self.root), catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout

    def mailboxes(self, file: Path) -> int:
        with closing(sqlite3.connect(file)) as database:
            return int(database.execute("SELECT COUNT(*) FROM mailboxes").fetchone()[0])

    def forget_everybody(self) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute("DELETE FROM mailboxes")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_it_comes_back_beside_the_present_one(desk: Desk) -> None:
    desk.forget_everybody()
    said = desk.run(DAY, "machiya")
    assert "machiya_restored_20261129 is there" in said
    assert "byte by byte" in said
    assert desk.mailboxes(desk.file.with_name("machiya_restored_20261129.sqlite3")) == 1
    assert desk.mailboxes(desk.file) == 0


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    before = desk.databases()
    assert "would make the database other" in desk.run(DAY, "machiya", "--as", "other", "--dry-run")
    told = json.loads(desk.run(DAY, "machiya", "--replace", "--dry-run", "--json"))
    assert (told["target"], told["replaces"], told["rows"]["mailboxes"]) == ("machiya", True, 1)
    assert desk.databases() == before


def test_replacing_asks_first_and_keeps_what_was_there(desk: Desk) -> None:
    desk.forget_everybody()
    with pytest.raises(Refused):
        desk.run(DAY, "machiya", "--replace")
    assert desk.mailboxes(desk.file) == 0
    told = json.loads(desk.run(DAY, "machiya", "--replace", "--yes", "--json"))
    assert told["identical"]
    assert (desk.mailboxes(desk.file), desk.mailboxes(Path(told["kept"]))) == (1, 0)
    assert Path(told["kept"]).is_relative_to(desk.house.settings.storage.backup)
    entries = House(desk.root).access.audit.entries()
    assert "database.replaced" in str(entries)


def test_the_latest_snapshot_is_meant_as_in_the_other_commands(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    house = ["--house", str(desk.root), "backup"]
    assert main([*house, "run"]) in {0, 10}
    assert main([*house, "restore-database", "latest", "machiya", "--dry-run"]) == 0
    assert "would make the database machiya_restored_" in capsys.readouterr().out


def test_what_is_done_is_told_but_not_beside_json(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["restore-database", DAY, "machiya", "--replace", "--yes"]
    for more, told in (((), 1), (("--json",), 0)):
        done = CliRunner().invoke(desk.app, [*words, *more], obj=Chosen(desk.root), catch_exceptions=False)
        assert done.exit_code == 0
        said = done.stderr + capsys.readouterr().err
        assert said.count("what was in machiya is kept in") == told


def test_replacing_is_refused_while_the_house_runs_or_is_backed_up(desk: Desk) -> None:
    for lock in ("up", "backup"):
        with desk.house.lock(lock), pytest.raises(Conflict):
            desk.run(DAY, "machiya", "--replace", "--yes")


def test_what_is_not_there_is_named(desk: Desk) -> None:
    with pytest.raises(NotFound, match="roundcube"):
        desk.run(DAY, "roundcube")
    with pytest.raises(NotFound, match="2026-11-28"):
        desk.run("daily/2026-11-28", "machiya")
