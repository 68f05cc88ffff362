"""Mounts a file system in memory, for secrets, where the system does not have one already."""

from pathlib import Path

from machiya.core.commands import Commands
from machiya.core.errors import Unavailable

_SECONDS = 20.0
_OPTIONS = "mode=0700,size=16m,nosuid,nodev,noexec"


class MemoryRefused(Unavailable):
    """There is no file system in memory for the secrets."""

    code = "memory_refused"


class MemoryMount:
    """Mounts tmpfs.

    Args:
        commands: starts ``mount``.
    """

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def __call__(self, folder: Path) -> None:
        """Mount tmpfs on ``folder``.

        Raises:
            MemoryRefused: the system refused.
        """
        done = self._commands.run(
            ("mount", "-t", "tmpfs", "-o", _OPTIONS, "machiya-secrets", str(folder)), seconds=_SECONDS
        )
        if not done.good:
            raise MemoryRefused(
                f"no tmpfs can be mounted on {folder}: {done.last_words()}",
                hint="Secrets are never written to a disk; make /run a tmpfs.",
            )
