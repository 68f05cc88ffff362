"""Dumps come back into MariaDB: beside the database they were taken from, or in its place."""

from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
import zstandard
from sqlalchemy import make_url

from fakes.moving_clock import MovingClock
from fakes.snapshot import FolderSnapshot
from integration.mariadb.nasty import BIG, PACKET, fill
from integration.mariadb_server import MariaDbServer
from machiya.adapters.mariadb.dump import MariaDbDumper
from machiya.adapters.mariadb.load import LOADING, MariaDbLoader
from machiya.adapters.mariadb.programs import HostPrograms
from machiya.adapters.mariadb.server import ServerAddress
from machiya.backup.databases import DatabaseDiffers, DatabaseRestorer, DumpDamaged
from machiya.bootstrap.workshop import shell_commands
from machiya.core.errors import AlreadyExists, InvalidInput, Unavailable
from machiya.core.progress import SILENT

pytestmark = pytest.mark.mariadb


class Restoring:
    """A snapshot with one dump, and what brings it back."""

    def __init__(self, server: MariaDbServer, database: str, folder: Path) -> None:
        address = ServerAddress(socket=server.socket)
        programs = HostPrograms(shell_commands(), address)
        self.server, self.database, self.kept = server, database, folder / "kept"
        self.snapshot, self.settled = FolderSnapshot(folder / "snapshot"), 0
        self.target = f"{database}_restored_20261129"
        self._dumper = MariaDbDumper(programs, address, (database,))
        self.clock = MovingClock()
        self.restorer = DatabaseRestorer(MariaDbLoader(programs, address), self._folder, self._settle, self.clock)

    def take(self) -> None:
        target = self.snapshot.folder / "databases"
        target.mkdir(parents=True)
        self._dumper.dump(target, SILENT)

    @property
    def dump(self) -> Path:
        return self.snapshot.folder / "databases" / f"{self.database}.sql.zst"

    def _folder(self) -> Path:
        self.kept.mkdir(exist_ok=True)
        return self.kept

    def _settle(self) -> None:
        self.settled += 1


@pytest.fixture
def restoring(mariadb: MariaDbServer, url: str, tmp_path: Path) -> Iterator[Restoring]:
    made = Restoring(mariadb, str(make_url(url).database), tmp_path)
    ((usual,),) = mariadb.say("SELECT @@GLOBAL.max_allowed_packet")
    mariadb.say(f"SET GLOBAL max_allowed_packet = {PACKET}")
    fill(mariadb, made.database)
    made.take()
    yield made
    assert mariadb.say("SELECT @@GLOBAL.max_allowed_packet, @@GLOBAL.read_only") == ((PACKET, 0),)
    mariadb.say(f"SET GLOBAL max_allowed_packet = {usual}")
    for name in (made.database, made.target, "other", LOADING):
        mariadb.say(f"DROP DATABASE IF EXISTS {name}")


def checksums(server: MariaDbServer, database: str) -> list[tuple[str, object]]:
    tables = [str(name) for name, kind in server.say("SHOW FULL TABLES", database) if kind == "BASE TABLE"]
    quoted = ["`" + name.replace("`", "``") + "`" for name in tables]
    sums = server.say(f"CHECKSUM TABLE {', '.join(quoted)} EXTENDED", database)
    return [(name, row[1]) for name, row in zip(tables, sums, strict=True)]


def test_a_database_comes_back_beside_the_present_one_with_everything(restoring: Restoring) -> None:
    server, database, target = restoring.server, restoring.database, restoring.target
    plan = restoring.restorer.plan(restoring.snapshot, database)
    assert (plan.target, plan.replaces) == (target, False)
    assert plan.rows == {"plain": 3, "od`d ; -- name": 2, "made": 1, "child": 1, "big": 2, "nothing": 0}
    done = restoring.restorer.apply(plan)
    assert (done.target, done.loaded.identical, done.kept) == (target, True, None)
    assert done.loaded.rows == plan.rows
    assert checksums(server, target) == checksums(server, database)
    for query in (
        "SELECT id, HEX(note) FROM plain ORDER BY id",
        "SELECT HEX(`select`), `col``umn`, bits + 0 FROM `od``d ; -- name` ORDER BY 2",
        "SELECT a, twice, thrice, hidden, at, exact, near, body FROM made",
        "SELECT * FROM above ORDER BY id",
        "SELECT thrice(4)",
        "SELECT trigger_name, action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
        "SELECT event_name, interval_value FROM information_schema.events WHERE event_schema = DATABASE()",
        (
            "SELECT routine_name, routine_definition, database_collation FROM information_schema.routines "
            "WHERE routine_schema = DATABASE() ORDER BY 1"
        ),
        (
            "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
            "WHERE schema_name = DATABASE()"
        ),
        "SELECT next_not_cached_value FROM numbers",
    ):
        assert server.say(query, target) == server.say(query, database), query
    assert server.say("SELECT LENGTH(body) FROM big WHERE id = 1", target) == ((BIG,),)
    assert restoring.settled == 0


def test_the_views_of_a_restored_database_read_the_restored_tables(restoring: Restoring) -> None:
    restoring.restorer.apply(restoring.restorer.plan(restoring.snapshot, restoring.database))
    restoring.server.say("DELETE FROM plain", restoring.database)
    assert len(restoring.server.say("SELECT * FROM above", restoring.target)) == 3


def test_a_name_that_is_taken_or_impossible_is_refused_before_anything_happens(restoring: Restoring) -> None:
    plan, snapshot, database = restoring.restorer.plan, restoring.snapshot, restoring.database
    with pytest.raises(AlreadyExists):
        plan(snapshot, database, name=database)
    for name in ("mysql", "a/b", "x" * 65, LOADING, "`", "-option"):
        with pytest.raises(InvalidInput):
            plan(snapshot, database, name=name)
    with pytest.raises(InvalidInput):
        plan(snapshot, database, name="other", replace=True)


def test_replace_keeps_what_was_there_and_brings_back_what_the_dump_holds(restoring: Restoring) -> None:
    server, database = restoring.server, restoring.database
    before = checksums(server, database)
    server.say("UPDATE plain SET note = 'later'", database)
    server.say("CREATE TABLE newer (id INT PRIMARY KEY)", database)
    server.say("INSERT INTO newer VALUES (1)", database)
    later = checksums(server, database)
    plan = restoring.restorer.plan(restoring.snapshot, database, replace=True)
    assert plan.replaces
    done = restoring.restorer.apply(plan)
    assert done.loaded.identical
    assert checksums(server, database) == before
    assert restoring.settled == 1
    assert server.say(f"SHOW DATABASES LIKE '{LOADING}'") == ()

    assert done.kept is not None
    restoring.dump.write_bytes(done.kept.read_bytes())
    restoring.clock.move(seconds=1)
    restoring.restorer.apply(restoring.restorer.plan(restoring.snapshot, database, replace=True))
    assert checksums(server, database) == later


def test_a_database_that_is_gone_is_made_again(restoring: Restoring) -> None:
    before = checksums(restoring.server, restoring.database)
    restoring.server.say(f"DROP DATABASE {restoring.database}")
    plan = restoring.restorer.plan(restoring.snapshot, restoring.database, replace=True)
    assert not plan.replaces
    assert restoring.restorer.apply(plan).kept is None
    assert checksums(restoring.server, restoring.database) == before
    assert restoring.settled == 1


@pytest.mark.parametrize("keep", [0, 10, 500, -40])
def test_a_truncated_dump_is_never_loaded(restoring: Restoring, keep: int) -> None:
    """Its manifest may agree, if it was truncated before."""
    restoring.dump.write_bytes(restoring.dump.read_bytes()[:keep])
    with pytest.raises(DumpDamaged):
        restoring.restorer.plan(restoring.snapshot, restoring.database)


def test_a_dump_that_is_not_what_the_manifest_says_is_never_loaded(restoring: Restoring) -> None:
    restoring.snapshot.forged = True
    with pytest.raises(DumpDamaged, match="not what its manifest says"):
        restoring.restorer.plan(restoring.snapshot, restoring.database)


def test_a_dump_that_goes_bad_after_the_plan_leaves_no_database_and_touches_none(restoring: Restoring) -> None:
    server, database = restoring.server, restoring.database
    before = checksums(server, database)
    plans = [restoring.restorer.plan(restoring.snapshot, database, replace=replace) for replace in (False, True)]
    packed = restoring.dump.read_bytes()
    restoring.dump.write_bytes(packed[: len(packed) // 2] + b"rot" + packed[len(packed) // 2 + 3 :])
    for plan in plans:
        with pytest.raises((DumpDamaged, DatabaseDiffers, Unavailable)):
            restoring.restorer.apply(plan)
        assert server.say(f"SHOW DATABASES LIKE '{restoring.target}'") == ()
        assert checksums(server, database) == before


def test_while_a_database_is_replaced_its_users_are_told_to_come_later(restoring: Restoring) -> None:
    server, database, told = restoring.server, restoring.database, []
    server.say(f"GRANT ALL ON {database}.* TO someone@localhost IDENTIFIED BY 'x'")

    class Writing:
        def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
            pass

        def line(self, text: str) -> None:
            if text != f"loading {database}":
                return
            with pymysql.connect(
                user="someone", password="x", unix_socket=str(server.socket), database=database
            ) as connection:
                try:
                    connection.cursor().execute("CREATE TABLE mine (id INT)")
                except pymysql.OperationalError as error:
                    told.append(error.args[0])

    restoring.restorer.apply(restoring.restorer.plan(restoring.snapshot, database, replace=True), Writing())
    server.say("DROP USER someone@localhost")
    assert told == [1290]


def test_what_is_written_until_its_users_are_told_to_come_later_is_in_the_kept_dump(restoring: Restoring) -> None:
    server, database = restoring.server, restoring.database
    told: list[int] = []
    server.say(f"GRANT ALL ON {database}.* TO someone@localhost IDENTIFIED BY 'x'")

    class Writing:
        def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
            del done, total, unit
            if name == f"dump of {database}" and not told:
                self._write(2000)

        def line(self, text: str) -> None:
            if text == f"loading {LOADING}":
                self._write(1000)

        def _write(self, key: int) -> None:
            with pymysql.connect(
                user="someone", password="x", unix_socket=str(server.socket), database=database, autocommit=True
            ) as connection:
                try:
                    connection.cursor().execute(f"INSERT INTO plain (id) VALUES ({key})")  # noqa: S608 – fixed
                except pymysql.OperationalError as error:
                    told.append(error.args[0])

    done = restoring.restorer.apply(restoring.restorer.plan(restoring.snapshot, database, replace=True), Writing())
    server.say("DROP USER someone@localhost")
    assert told == [1290]
    assert done.kept is not None
    kept = zstandard.ZstdDecompressor().stream_reader(done.kept.read_bytes()).read()
    assert b"INSERT INTO `plain` VALUES (1000" in kept
