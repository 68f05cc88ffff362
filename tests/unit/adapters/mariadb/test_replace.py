"""The order in which a database is exchanged, and what is left when a connection ends in the middle of it."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pymysql
import pytest
import zstandard

from fakes.moving_clock import MovingClock
from fakes.snapshot import FolderSnapshot
from machiya.adapters.mariadb.load import LOADING, MariaDbLoader
from machiya.adapters.mariadb.server import ServerAddress
from machiya.backup.databases import DatabaseRestored, DatabaseRestorer
from machiya.core.commands import Finished
from machiya.core.errors import Unavailable

TEXT = b"""\
-- Machiya: character set utf8mb4, collation utf8mb4_bin
/*!40000 ALTER TABLE `plain` DISABLE KEYS */;
INSERT INTO `plain` VALUES (1);
/*!40000 ALTER TABLE `plain` ENABLE KEYS */;
-- Dump completed
"""


class FakeServer:
    """One database with one table and one row; tells in ``log`` what happened, in its order."""

    def __init__(self) -> None:
        self.settings = {"max_allowed_packet": 16, "read_only": 0}
        self.databases, self.log = {"house"}, [""]
        self.ill_at = ""
        self.connections: list[FakeConnection] = []

    def connect(self, **_: object) -> "FakeConnection":
        self.connections.append(FakeConnection(self))
        return self.connections[-1]

    def end_connections(self) -> None:
        for connection in self.connections:
            connection.gone = True

    def run(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        stdin: bytes | Iterator[bytes] = b"",
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> Finished:
        """As ``Programs.run``."""
        self.log.append(f"{program} {arguments[-1]}")
        if on_bytes:
            on_bytes(TEXT)
        else:
            assert b"".join([stdin] if isinstance(stdin, bytes) else stdin) == TEXT
        failed = self.ill_at == self.log[-1]
        self.end_connections()  # idle for too long
        return Finished(int(failed), "", "")

    def answer(self, statement: str, connection: "FakeConnection") -> tuple[tuple[Any, ...], ...]:
        if connection.gone:
            raise pymysql.OperationalError(2006, "MySQL server has gone away")
        self.log.append(statement)
        if self.ill_at and statement.startswith(self.ill_at):
            self.end_connections()
            raise pymysql.OperationalError(2013, "Lost connection to MySQL server during query (timed out)")
        if setting := re.fullmatch(r"SET GLOBAL (\w+) = (\d+)", statement):
            self.settings[setting[1]] = int(setting[2])
        if made := re.match(r"CREATE DATABASE `(\w+)`", statement):
            self.databases.add(made[1])
        if dropped := re.match(r"DROP DATABASE (?:IF EXISTS )?`(\w+)`", statement):
            self.databases.discard(dropped[1])
        if asked := re.fullmatch(r"SELECT @@GLOBAL\.(\w+)", statement):
            return ((self.settings[asked[1]],),)
        for beginning, answer in (
            ("SELECT COUNT", ((1,),)),
            ("SELECT table_name", (("plain",),)),
            ("SELECT default_character", (("utf8mb4", "utf8mb4_bin"),)),
            ("SELECT schema_name", tuple((name,) for name in sorted(self.databases))),
            ("CHECKSUM", (("one", 5), ("other", 5))),
        ):
            if statement.startswith(beginning):
                return answer
        return ()


class FakeConnection:
    """A connection and its cursor."""

    def __init__(self, server: FakeServer) -> None:
        self._server, self.gone = server, False
        self._rows: tuple[tuple[Any, ...], ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.gone = True

    @contextlib.contextmanager
    def cursor(self) -> Iterator[Self]:
        yield self

    def execute(self, statement: str, _arguments: object = ()) -> None:
        self._rows = self._server.answer(statement, self)

    def fetchall(self) -> tuple[tuple[Any, ...], ...]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...]:
        return self._rows[0]


class Scene:
    """A snapshot with a dump, and what brings it back into the fake server."""

    def __init__(self, folder: Path, server: FakeServer) -> None:
        self.server, self.kept = server, folder / "backup" / "replaced"
        self.kept.mkdir(parents=True)
        dumps = folder / "snapshot" / "databases"
        dumps.mkdir(parents=True)
        (dumps / "house.sql.zst").write_bytes(zstandard.compress(TEXT))
        loader = MariaDbLoader(server, ServerAddress())
        restorer = DatabaseRestorer(loader, lambda: self.kept, lambda: None, MovingClock())
        self._restorer = restorer
        self._plan = restorer.plan(FolderSnapshot(folder / "snapshot"), "house", replace=True)

    def replace(self) -> DatabaseRestored:
        return self._restorer.apply(self._plan)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    server = FakeServer()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        server.log.append(f"fsync {path.name}")
        real(descriptor)

    monkeypatch.setattr(pymysql, "connect", server.connect)
    made = Scene(tmp_path, server)
    monkeypatch.setattr(os, "fsync", fsync)
    return made


def test_what_is_there_is_dumped_in_quiet_and_durable_before_anything_is_dropped(scene: Scene) -> None:
    done = scene.replace()
    assert done.kept is not None
    assert done.kept.is_relative_to(scene.kept)
    steps = (
        f"mariadb {LOADING}",
        "SET GLOBAL read_only = 1",
        "mariadb-dump house",
        "fsync house.sql.zst",
        f"fsync {done.kept.parent.name}",
        "fsync replaced",
        "fsync backup",
        "DROP DATABASE IF EXISTS `house`",
        "mariadb house",
        "SET GLOBAL read_only = 0",
    )
    assert [line for line in scene.server.log if line in steps] == list(steps)
    assert scene.server.databases == {"house"}
    assert scene.server.settings == {"max_allowed_packet": 16, "read_only": 0}


@pytest.mark.parametrize("ill_at", ["SELECT COUNT", "mariadb-dump house", "mariadb house", "CHECKSUM"])
def test_a_connection_that_ends_leaves_no_setting_behind(scene: Scene, ill_at: str) -> None:
    scene.server.ill_at = ill_at
    with pytest.raises(Unavailable):
        scene.replace()
    assert scene.server.settings == {"max_allowed_packet": 16, "read_only": 0}


def test_what_could_not_be_loaded_is_taken_away_on_a_new_connection(scene: Scene) -> None:
    scene.server.ill_at = f"mariadb {LOADING}"
    with pytest.raises(Unavailable, match="cannot be loaded"):
        scene.replace()
    assert scene.server.databases == {"house"}
    assert list(scene.kept.iterdir()) == []


def test_a_setting_that_cannot_be_set_back_is_told(scene: Scene) -> None:
    scene.server.ill_at = "SET GLOBAL read_only = 0"
    with pytest.raises(Unavailable, match="read_only of the database server may still be 1") as told:
        scene.replace()
    assert "SET GLOBAL read_only = 0" in told.value.hint
