"""Dumps of MariaDB: whole, equal where nothing changed, in nobody's way – and their end when something goes wrong."""

import errno
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pymysql
import pytest
import zstandard
from sqlalchemy import make_url

from integration.mariadb.nasty import fill
from integration.mariadb_server import MariaDbServer
from machiya.adapters.mariadb.dump import MariaDbDumper
from machiya.adapters.mariadb.programs import HostPrograms
from machiya.adapters.mariadb.server import ServerAddress
from machiya.bootstrap.workshop import shell_commands
from machiya.core.errors import Unavailable
from machiya.core.progress import SILENT, Cancelled

pytestmark = pytest.mark.mariadb

ROWS = 10_000  # more than every buffer between the server and us holds
MIDDLE = 200_000  # bytes of a dump that is going on


class Hook:
    """A ``Progress`` that does something in the middle of each dump, before more of it is read."""

    def __init__(self, act: Callable[[], object], times: int = 1) -> None:
        self._act, self._times = act, times
        self.lines: list[str] = []
        self.acted = 0
        self._before, self._armed = 0, True

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        del name, total, unit
        self._armed, self._before = self._armed or done < self._before, done
        if self._armed and done > MIDDLE and self.acted < self._times:
            self._armed = False
            self.acted += 1
            self._act()

    def line(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def database(mariadb: MariaDbServer, url: str) -> Iterator[str]:
    name = str(make_url(url).database)
    yield name
    mariadb.say(f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture
def dumper(mariadb: MariaDbServer, database: str) -> MariaDbDumper:
    return dumper_of(mariadb, database)


def dumper_of(server: MariaDbServer, *only: str) -> MariaDbDumper:
    address = ServerAddress(socket=server.socket)
    return MariaDbDumper(HostPrograms(shell_commands(), address), address, only)


def large_then_small(server: MariaDbServer, database: str) -> None:
    """The dump is in the middle of ``a`` for long; ``z`` comes last."""
    server.say("CREATE TABLE a (id INT PRIMARY KEY, body CHAR(200))", database)
    server.say(f"INSERT INTO a SELECT seq, REPEAT('x', 200) FROM seq_1_to_{ROWS}", database)  # noqa: S608 – fixed text
    server.say("CREATE TABLE z (id INT PRIMARY KEY)", database)
    server.say("INSERT INTO z VALUES (1)", database)


def text_of(path: Path) -> str:
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read().decode()


def test_an_unchanged_database_gives_the_same_bytes(
    mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path
) -> None:
    fill(mariadb, database)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        dumper.dump(tmp_path / folder, SILENT)
    name = f"{database}.sql.zst"
    assert [path.name for path in (tmp_path / "one").iterdir()] == [name]
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    text = text_of(tmp_path / "one" / name)
    assert text.startswith("-- Machiya: character set utf8mb4, collation utf8mb4_unicode_ci\n")
    assert text.endswith("\n-- Dump completed\n")


def test_a_dump_survives_a_restart_of_the_server_unchanged(
    mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path
) -> None:
    fill(mariadb, database)
    dumper.dump_database(database, tmp_path / "one", SILENT)
    mariadb.stop()
    mariadb.start()
    dumper.dump_database(database, tmp_path / "two", SILENT)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_one_changed_row_is_one_changed_line(
    mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path
) -> None:
    large_then_small(mariadb, database)
    dumper.dump_database(database, tmp_path / "one", SILENT)
    mariadb.say("UPDATE a SET body = 'y' WHERE id = 7", database)
    dumper.dump_database(database, tmp_path / "two", SILENT)
    lines = zip(text_of(tmp_path / "one").splitlines(), text_of(tmp_path / "two").splitlines(), strict=True)
    assert [new for old, new in lines if old != new] == ["INSERT INTO `a` VALUES (7,'y');"]


def test_every_database_but_the_servers_own_is_dumped(mariadb: MariaDbServer, database: str, tmp_path: Path) -> None:
    mariadb.say("CREATE DATABASE `odd/na me`")
    try:
        dumper_of(mariadb).dump(tmp_path, SILENT)
    finally:
        mariadb.say("DROP DATABASE `odd/na me`")
    names = {path.name for path in tmp_path.iterdir()}
    assert {f"{database}.sql.zst", "odd%2Fna me.sql.zst"} <= names
    assert not names & {"mysql.sql.zst", "sys.sql.zst", "information_schema.sql.zst", "performance_schema.sql.zst"}


def test_nobody_waits_for_a_dump_and_it_shows_one_moment(
    mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path
) -> None:
    """A statement that had to wait would wait for ever here: the dump goes on only once it is through."""
    large_then_small(mariadb, database)

    def write() -> None:
        mariadb.say("SET STATEMENT lock_wait_timeout = 20 FOR INSERT INTO z VALUES (2)", database)
        mariadb.say("SET STATEMENT lock_wait_timeout = 20 FOR UPDATE a SET body = 'new'", database)
        mariadb.say("SET STATEMENT lock_wait_timeout = 20 FOR DELETE FROM z WHERE id = 1", database)

    hook = Hook(write)
    dumper.dump_database(database, tmp_path / "dump", hook)
    text = text_of(tmp_path / "dump")
    assert hook.acted == 1
    assert "INSERT INTO `z` VALUES (1);" in text
    assert "INSERT INTO `z` VALUES (2);" not in text
    assert "'new'" not in text
    assert hook.lines == []


def test_a_table_that_changes_meanwhile_makes_it_dump_again(
    mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path
) -> None:
    large_then_small(mariadb, database)
    hook = Hook(lambda: mariadb.say("ALTER TABLE z ADD COLUMN more INT DEFAULT 5, ALGORITHM = COPY", database))
    dumper.dump_database(database, tmp_path / "dump", hook)
    assert hook.acted == 1
    assert len(hook.lines) == 1
    assert "Error 1412" in hook.lines[0]
    assert "INSERT INTO `z` VALUES (1,5);" in text_of(tmp_path / "dump")


def test_a_table_that_always_changes_is_given_up_with_its_name(
    mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path
) -> None:
    large_then_small(mariadb, database)
    hook = Hook(lambda: mariadb.say("ALTER TABLE z ENGINE = InnoDB, FORCE, ALGORITHM = COPY", database), times=9)
    with pytest.raises(Unavailable, match=rf"{database} was disturbed 3 times: .*`z`"):
        dumper.dump_database(database, tmp_path / "dump", hook)
    assert hook.acted == 3
    assert not (tmp_path / "dump").exists()


def test_a_table_that_goes_meanwhile_makes_it_dump_again(
    mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path
) -> None:
    large_then_small(mariadb, database)
    hook = Hook(lambda: mariadb.say("DROP TABLE z", database))
    dumper.dump_database(database, tmp_path / "dump", hook)
    assert len(hook.lines) == 1
    assert "`z`" not in text_of(tmp_path / "dump")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_killed_server_is_a_clear_error_and_leaves_no_file(tmp_path: Path) -> None:
    with MariaDbServer() as server:
        server.say("CREATE DATABASE house")
        large_then_small(server, "house")
        with pytest.raises(Unavailable, match="the dump of house failed: mariadb-dump: Error 20"):
            dumper_of(server, "house").dump(tmp_path, Hook(server.kill))
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(Unavailable, match="not there"):
            dumper_of(server, "house").dump(tmp_path, SILENT)
        server.start()
        dumper_of(server, "house").dump(tmp_path, SILENT)
        assert text_of(tmp_path / "house.sql.zst").count("INSERT INTO `a`") == ROWS
    gc.collect()


@pytest.mark.parametrize(
    ("failure", "told", "words"),
    [
        (Cancelled("stop"), Cancelled, "stop"),
        (OSError(errno.ENOSPC, "No space left on device"), Unavailable, "cannot be written: No space left"),
    ],
    ids=["cancelled", "disk full"],
)
def test_an_end_from_our_side_ends_mariadb_dump_too_and_leaves_no_file(
    mariadb: MariaDbServer,
    database: str,
    dumper: MariaDbDumper,
    tmp_path: Path,
    failure: Exception,
    told: type[Exception],
    words: str,
) -> None:
    large_then_small(mariadb, database)

    def fail() -> None:
        raise failure

    with pytest.raises(told, match=words):
        dumper.dump_database(database, tmp_path / "dump", Hook(fail))
    assert list(tmp_path.iterdir()) == []


def test_a_broken_view_is_named(mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path) -> None:
    mariadb.say("CREATE TABLE below (id INT)", database)
    mariadb.say("CREATE VIEW blind AS SELECT id FROM below", database)
    mariadb.say("DROP TABLE below", database)
    with pytest.raises(Unavailable, match="blind"):
        dumper.dump(tmp_path, SILENT)


def test_a_table_without_transactions_is_held_still(
    mariadb: MariaDbServer, database: str, dumper: MariaDbDumper, tmp_path: Path
) -> None:
    large_then_small(mariadb, database)
    mariadb.say("CREATE TABLE old (id INT) ENGINE = Aria", database)
    mariadb.say("INSERT INTO old VALUES (1)", database)
    waited: list[int] = []

    def write() -> None:
        try:
            mariadb.say("SET STATEMENT lock_wait_timeout = 1 FOR UPDATE old SET id = 2", database)
        except pymysql.OperationalError as error:
            waited.append(error.args[0])

    hook = Hook(write)
    dumper.dump_database(database, tmp_path / "dump", hook)
    assert waited == [1205]
    assert "old (Aria)" in hook.lines[0]
    assert "INSERT INTO `old` VALUES (1);" in text_of(tmp_path / "dump")
