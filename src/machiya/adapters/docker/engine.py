"""The Docker engine by its command line: is it there, what does it hold, one throwaway container."""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from machiya.core.commands import Commands, Finished, ProgramMissing
from machiya.core.errors import MachiyaError, NotFound, Unavailable

THROWAWAY = "machiya-throwaway"
_SECONDS = 60.0
_DEAD = ("Cannot connect to the Docker daemon", "Is the docker daemon running", "error during connect")
_FORBIDDEN = "permission denied while trying to connect"


class EngineMissing(NotFound):
    """Docker is not installed."""

    code = "engine_missing"


class EngineDead(Unavailable):
    """The Docker engine does not answer."""

    code = "engine_dead"


class EngineFailed(Unavailable):
    """The Docker engine answered with an error."""

    code = "engine_failed"


class DockerCli:
    """``docker`` with its errors translated; BuildKit off, because it may not be there.

    Args:
        commands: starts the program.
    """

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def call(
        self,
        *arguments: str,
        seconds: float = _SECONDS,
        stdin: bytes | Path | Iterator[bytes] = b"",
        environment: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> Finished:
        """Run ``docker ARGUMENTS`` whatever it answers; the rest as ``Commands.run``.

        Raises:
            EngineMissing, EngineDead: there is nobody to ask.
            ProgramSlow: no answer in time.
        """
        variables = {"DOCKER_BUILDKIT": "0", "DOCKER_CLI_HINTS": "false"} | dict(environment or {})
        try:
            done = self._commands.run(
                ("docker", *arguments),
                seconds=seconds,
                stdin=stdin,
                environment=variables,
                on_line=on_line,
                on_bytes=on_bytes,
            )
        except ProgramMissing as error:
            raise EngineMissing("Docker is not installed", hint="apt-get install docker.io") from error
        require_engine(done)
        return done

    def ask(self, *arguments: str, seconds: float = _SECONDS, stdin: bytes | Path = b"") -> str:
        """Run ``docker ARGUMENTS``; what it printed.

        Raises:
            EngineFailed: it answered with an error; and as ``call``.
        """
        done = self.call(*arguments, seconds=seconds, stdin=stdin)
        if not done.good:
            raise EngineFailed(
                f"docker {arguments[0]} failed: {done.last_words()}", hint="Look at the engine: journalctl -u docker."
            )
        return done.out

    def inspect(self, kind: str, names: Iterable[str]) -> list[dict[str, Any]]:
        """What the engine knows of those of ``names`` that exist; ``kind``: container, image, network."""
        wanted = list(names)
        done = self.call(kind, "inspect", *wanted) if wanted else Finished(0, "[]", "")
        if not done.good and "no such" not in done.err.lower() and "not found" not in done.err.lower():
            raise EngineFailed(f"docker {kind} inspect failed: {done.last_words()}")
        found: list[dict[str, Any]] = json.loads(done.out or "[]")
        return found

    def version(self) -> str:
        """The engine's version.

        Raises:
            EngineMissing, EngineDead: there is nobody to ask.
        """
        return self.ask("version", "--format", "{{.Server.Version}}").strip()

    def throwaway(
        self,
        image: str,
        command: Sequence[str],
        *,
        options: Sequence[str] = (),
        seconds: float,
        stdin: bytes | Iterator[bytes] = b"",
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> Finished:
        """Run ``command`` in a container of ``image`` that has no network and leaves nothing behind, however it ends.

        It reads ``stdin`` only where ``options`` have ``--interactive``; ``on_bytes`` as in ``Commands.run``.

        Raises:
            ProgramSlow: it took longer than ``seconds``.
        """
        program, *arguments = command
        name = f"{THROWAWAY}-{secrets.token_hex(6)}"
        how = ("--rm", "--name", name, "--network", "none", *options, "--entrypoint", program)
        try:
            return self.call("run", *how, image, *arguments, seconds=seconds, stdin=stdin, on_bytes=on_bytes)
        except BaseException:
            # The command line was ended; the engine does not know, and its container would run on.
            with contextlib.suppress(MachiyaError):
                self.call("rm", "--force", "--volumes", name)
            raise


def require_engine(done: Finished) -> None:
    """Tell "nobody there" from an answer.

    Raises:
        EngineDead: the program could not talk to the engine.
    """
    if done.good:
        return
    if _FORBIDDEN in done.err:
        raise EngineDead(
            "this user may not talk to the Docker engine", hint="Run this as root, or join the group docker."
        )
    if any(words in done.err for words in _DEAD):
        raise EngineDead(
            "the Docker engine does not answer", hint="Start it: systemctl start docker. Its log: journalctl -u docker."
        )
