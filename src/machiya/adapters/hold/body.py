"""A body on its way in: a temporary file, its size and its checksum."""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from machiya.adapters.hold.disk import disk_errors


class FileBody:
    """Written chunk by chunk; the file is made with the first one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._digest = hashlib.md5(usedforsecurity=False)
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """How much was written."""
        return self._size_bytes

    @property
    def md5(self) -> str:
        """Of what was written, lower-case hex."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Append.

        Raises:
            HoldFull: no space.
            HoldUnavailable: the disk refused otherwise.
        """
        with disk_errors(self.path.parent.parent):
            self._write_all(chunk)
        self._digest.update(chunk)
        self._size_bytes += len(chunk)

    def _write_all(self, chunk: bytes) -> None:
        file, rest = self._open(), memoryview(chunk)
        while rest:  # a disk that fills up takes a part first and refuses the next
            rest = rest[file.write(rest) :]

    def finish(self) -> None:
        """All of it is on disk (OSError if not)."""
        file = self._open()
        os.fsync(file.fileno())
        file.close()

    def discard(self) -> None:
        """Forget it; no error."""
        with contextlib.suppress(OSError):
            if self._file:
                self._file.close()
            self.path.unlink(missing_ok=True)

    def _open(self) -> BinaryIO:
        # Unbuffered: a full disk shows at the write that met it, and closing never has anything left to write.
        self._file = self._file or self.path.open("xb", buffering=0)
        return self._file
