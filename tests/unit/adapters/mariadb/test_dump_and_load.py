"""What a server of tests does not do: end well without an end, be of another version."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.commands import FakeCommands
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.mariadb import dump as dumping
from machiya.adapters.mariadb.dump import MariaDbDumper
from machiya.adapters.mariadb.dump_text import DumpReader
from machiya.adapters.mariadb.load import _renamed
from machiya.adapters.mariadb.programs import HostPrograms
from machiya.adapters.mariadb.server import ServerAddress
from machiya.bootstrap.databases import ContainerPrograms
from machiya.core.commands import Finished, ProgramMissing
from machiya.core.errors import Unavailable
from machiya.core.progress import SILENT

TCP = ServerAddress(user="me", password="secret", host="db.test", port=3307)


class Cursor:
    """Of a server with one database in which every table knows transactions."""

    def execute(self, query: str, arguments: object = ()) -> None:
        del query, arguments

    def fetchone(self) -> tuple[str, str]:
        return ("utf8mb4", "utf8mb4_bin")

    def fetchall(self) -> tuple[Any, ...]:
        return ()


@pytest.fixture(autouse=True)
def _server(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def talking(_server: ServerAddress) -> Iterator[Cursor]:
        yield Cursor()

    monkeypatch.setattr(dumping, "talking", talking)


@pytest.mark.parametrize("text", ["", "INSERT INTO `a` VALUES (1);\n", "x\n-- Dump completed\nx\n", "-- Dump complete"])
def test_a_dump_without_its_end_is_none_though_the_program_ended_well(tmp_path: Path, text: str) -> None:
    commands = FakeCommands({("mariadb-dump",): Finished(0, text, "")})
    with pytest.raises(Unavailable, match="has no end"):
        MariaDbDumper(HostPrograms(commands, TCP), TCP, ("house",)).dump(tmp_path, SILENT)
    assert list(tmp_path.iterdir()) == []


def test_a_whole_text_is_none_if_the_program_ended_badly(tmp_path: Path) -> None:
    commands = FakeCommands({("mariadb-dump",): Finished(2, "x\n-- Dump completed\n", "mariadb-dump: Error 5: gone\n")})
    with pytest.raises(Unavailable, match="Error 5: gone"):
        MariaDbDumper(HostPrograms(commands, TCP), TCP, ("house",)).dump(tmp_path, SILENT)
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_never_an_argument() -> None:
    commands = FakeCommands()
    HostPrograms(commands, TCP).run("mariadb-dump", ("--", "house"))
    (ran,) = commands.ran
    assert "secret" not in " ".join(ran)
    assert commands.environments == [{"MYSQL_PWD": "secret"}]
    assert ran[1:] == ("--no-defaults", "--user=me", "--host=db.test", "--port=3307", "--protocol=tcp", "--", "house")


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(ProgramMissing) as told:
        HostPrograms(FakeCommands(missing={"mariadb-dump"}), TCP).run("mariadb-dump", ())
    assert "mariadb-client" in told.value.hint


def test_programs_in_a_container_get_the_socket_and_nothing_else(tmp_path: Path) -> None:
    commands = FakeCommands()
    programs = ContainerPrograms(DockerCli(commands), lambda: "machiya/mariadb:tag", tmp_path / "run" / "socket")
    programs.run("mariadb", ("--", "house"), stdin=iter([b"a", b"b"]))
    (ran,) = commands.ran
    assert commands.stdins == [b"ab"]
    for words in (("--network", "none"), ("--cap-drop", "ALL"), ("--log-driver", "none"), ("--entrypoint", "mariadb")):
        assert ran[ran.index(words[0]) + 1] == words[1]
    assert {"--rm", "--interactive", "--read-only"} <= {*ran}
    assert [ran[n + 1] for n, word in enumerate(ran) if word == "--volume"] == [f"{tmp_path}/run:/run/mariadb"]
    assert ran[ran.index("machiya/mariadb:tag") + 1 :][:3] == (
        "--no-defaults",
        "--user=root",
        "--socket=/run/mariadb/socket",
    )


LOADED_BEFORE = b"""\
/*!50001 VIEW `v` AS select `one`.`t`.`a` AS `a`,'`one`' AS `b` from `t` */;
INSERT INTO `t` VALUES ('`one`.`t`');
ALTER DATABASE `one` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;
CALL `one`.`p`();
"""


def test_a_dump_under_another_name_neither_reads_nor_changes_the_present_database() -> None:
    renamed = LOADED_BEFORE.replace(b"`one`.`t`.`a`", b"`o``2`.`t`.`a`").replace(b"DATABASE `one`", b"DATABASE `o``2`")
    assert b"".join(_renamed(iter([LOADED_BEFORE]), "one", "o`2")) == renamed
    assert b"".join(_renamed(iter([LOADED_BEFORE]), "one", "one")) == LOADED_BEFORE


def test_the_digest_is_the_same_whatever_the_database_is_called() -> None:
    digests = set()
    plain = LOADED_BEFORE.replace(b"`one`.`t`.`a`", b"`t`.`a`")
    for name, text in (
        ("one", LOADED_BEFORE),
        ("two", b"".join(_renamed(iter([LOADED_BEFORE]), "one", "two"))),
        ("x", plain),
    ):
        reader = DumpReader(name)
        reader.take(text + b"-- Dump completed\n")
        digests.add(reader.finish()[1])
    assert len(digests) == 1
