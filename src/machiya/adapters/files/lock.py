"""One at a time: a lock that the kernel gives back when its holder dies."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from machiya.adapters.files.errors import disk_errors
from machiya.core.errors import Conflict


class FileLock:
    """Held from ``__enter__`` to ``__exit__``; the file names its holder's process id and stays behind, unlocked.

    Args:
        path: the lock file; its folder exists.
        what: what is locked, for the message: "the secrets of this house".
    """

    def __init__(self, path: Path, what: str) -> None:
        self._path = path
        self._what = what
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take it at once or not at all.

        Raises:
            Conflict: somebody else holds it.
            DiskFull, DiskFailed, NotWritable: nobody holds it then.
        """
        with disk_errors(self._path):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                f"another machiya is busy with {self._what}{self._holder()}", hint="Wait for it or stop it."
            ) from error
        with disk_errors(self._path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        descriptor, self._descriptor = self._descriptor, -1
        try:
            with suppress(OSError):  # the number in it means nothing once nobody holds it
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def _holder(self) -> str:
        pid = self._named()
        return f" (process {pid})" if pid else ""

    def holder(self) -> int | None:
        """The process that holds it; None if nobody does (a holder that was killed leaves its number behind)."""
        try:
            with self._path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._named()
        except OSError:
            return None
        return None

    def _named(self) -> int | None:
        try:
            text = self._path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return int(text) if text.isdigit() else None
