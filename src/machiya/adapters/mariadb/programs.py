"""The client programs of MariaDB, wherever they are run."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from machiya.adapters.mariadb.server import ServerAddress
from machiya.core.commands import Commands, Finished, ProgramMissing

DUMP, CLIENT = "mariadb-dump", "mariadb"
LONGEST_SECONDS = 6 * 3600.0
LARGEST_PACKET_BYTES = 1024 * 1024 * 1024
"""As much as the server ever takes: a row in hexadecimal digits is twice as long as the row."""


class Programs(Protocol):
    """Runs a client program that is logged in to the server as its administrator."""

    def run(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        stdin: bytes | Iterator[bytes] = b"",
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> Finished:
        """As ``Commands.run``; ``program``: ``DUMP`` or ``CLIENT``."""


class HostPrograms:
    """Those installed on this machine.

    Args:
        commands: starts programs.
        server: where they log in.
    """

    def __init__(self, commands: Commands, server: ServerAddress) -> None:
        self._commands, self._server = commands, server

    def run(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        stdin: bytes | Iterator[bytes] = b"",
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> Finished:
        """As ``Programs.run``. The password is in the environment of the program, never in its arguments.

        Raises:
            ProgramMissing: it is not installed.
        """
        server = self._server
        way = (
            (f"--socket={server.socket}",)
            if server.socket
            else (f"--host={server.host}", f"--port={server.port}", "--protocol=tcp")
        )
        if self._commands.find(program) is None:
            raise ProgramMissing(f"{program} is not installed", hint="Install it: apt-get install mariadb-client.")
        return self._commands.run(
            (program, "--no-defaults", f"--user={server.user}", *way, *arguments),
            seconds=LONGEST_SECONDS,
            stdin=stdin,
            environment={"MYSQL_PWD": server.password} if server.password else {},
            on_bytes=on_bytes,
        )
