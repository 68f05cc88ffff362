"""One process at a time uses a hold folder."""

import fcntl
import os
from pathlib import Path
from typing import Self

from machiya.adapters.hold.disk import disk_errors
from machiya.core.errors import Conflict


class HoldLock:
    """Held from ``acquire`` until ``release`` or the end of the process, however it ends."""

    def __init__(self, root: Path) -> None:
        self._path = root / "lock"
        self._descriptor = -1

    def acquire(self) -> Self:
        """Take it.

        Raises:
            Conflict: another process has it.
        """
        with disk_errors(self._path.parent):
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            self.release()
            raise Conflict(
                f"another front door (pid {holder or 'unknown'}) uses {self._path.parent}",
                hint="Stop it first, or give this house another storage.bulk.",
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)
        return self

    def release(self) -> None:
        """Give it back; no error."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
