"""Who dumps the house's databases and who loads them: SQLite's own copy, or MariaDB's programs where they are."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.adapters.mariadb.dump import MariaDbDumper
from machiya.adapters.mariadb.load import MariaDbLoader
from machiya.adapters.mariadb.programs import LONGEST_SECONDS, HostPrograms, Programs
from machiya.adapters.mariadb.server import ServerAddress
from machiya.backup.databases import DatabaseLoader, DatabaseRestorer

if TYPE_CHECKING:
    from machiya.adapters.docker.engine import DockerCli
    from machiya.bootstrap import House
    from machiya.core.commands import Finished
    from machiya.settings import Settings

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py

KEPT = "replaced"
"""Below storage.backup: what was in a database before a snapshot took its place."""


class ContainerPrograms:
    """The programs of the image that the server runs from, so that both are of one version.

    A throwaway container with the server's socket and nothing else: no network, no disk, no log. The server takes it
    for its administrator because it is this machine's root, as it takes ``machiya up``.

    Args:
        docker: the engine.
        image: of the server, asked for when it is needed.
        socket: of the server, on this machine.
    """

    def __init__(self, docker: "DockerCli", image: Callable[[], str], socket: Path) -> None:
        self._docker, self._image, self._socket = docker, image, socket

    def run(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        stdin: bytes | Iterator[bytes] = b"",
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> "Finished":
        """As ``Programs.run``."""
        options = (
            *("--interactive", "--read-only", "--log-driver", "none", "--user", "0:0"),
            *("--cap-drop", "ALL", "--cap-add", "DAC_OVERRIDE", "--security-opt", "no-new-privileges"),
            *("--security-opt", "label=disable", "--volume", f"{self._socket.parent}:/run/mariadb"),
        )
        command = (program, "--no-defaults", "--user=root", "--socket=/run/mariadb/socket", *arguments)
        return self._docker.throwaway(
            self._image(), command, options=options, seconds=LONGEST_SECONDS, stdin=stdin, on_bytes=on_bytes
        )


def mariadb_dumper(house: "House") -> MariaDbDumper:
    """Of every database of the house's own server; of a server that others may share, of the house's alone."""
    server = mariadb_server(house.settings)
    only = () if own_server(house) else (_name_of(house.settings),)
    return MariaDbDumper(_programs(house, server), server, only)


def database_restorer(house: "House") -> DatabaseRestorer:
    """For the databases of this house."""
    return DatabaseRestorer(_loader(house), lambda: _kept(house), house.migrate, house.clock)


def own_server(house: "House") -> bool:
    """Whether the server is one of the house's containers."""
    return house.in_containers and not house.settings.database.url


def mariadb_server(settings: "Settings") -> ServerAddress:
    """Where it is; in a house in containers root of this machine is its administrator."""
    if settings.house.engine == "docker" and not settings.database.url:
        return ServerAddress(socket=settings.database_socket)
    from sqlalchemy import make_url

    url = make_url(settings.database_url)
    socket = url.query.get("unix_socket", "")
    return ServerAddress(
        user=url.username or "root",
        password=str(url.password or ""),
        socket=Path(str(socket)) if socket else None,
        host=url.host or "localhost",
        port=url.port or 3306,
    )


def _name_of(settings: "Settings") -> str:
    from sqlalchemy import make_url

    return make_url(settings.database_url).database or ""


def _programs(house: "House", server: ServerAddress) -> Programs:
    from machiya.bootstrap.workshop import shell_commands

    if not own_server(house):
        return HostPrograms(shell_commands(), server)
    workshop = house.workshop
    return ContainerPrograms(workshop.docker, lambda: workshop.tags()["mariadb"], house.settings.database_socket)


def _loader(house: "House") -> DatabaseLoader:
    if house.settings.database_url:
        server = mariadb_server(house.settings)
        return MariaDbLoader(_programs(house, server), server)
    from machiya.adapters.sql.load import SqliteLoader

    def alone() -> AbstractContextManager[object]:
        return house.lock("up")

    return SqliteLoader(house.settings.storage.fast, alone)


def _kept(house: "House") -> Path:
    from machiya.adapters.files.house import make_private_folder

    folder = house.settings.storage.backup / KEPT
    make_private_folder(folder)
    return folder
