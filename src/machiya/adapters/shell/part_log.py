"""A part's log file: appended, and rotated by size."""

import contextlib
from pathlib import Path
from typing import BinaryIO

LOG_BYTES = 5 * 1024 * 1024
LOGS_KEPT = 4
LINE_BYTES = 64 * 1024


class PartLog:
    """``path`` and ``path.1`` … ``path.4``, the newest first. A disk that takes no log never stops a part."""

    def __init__(self, path: Path, *, limit_bytes: int = LOG_BYTES) -> None:
        self.path, self._limit_bytes = path, limit_bytes
        self._file: BinaryIO | None = None
        self._size_bytes = 0

    def write(self, line: bytes) -> None:
        """One line with its LF."""
        with contextlib.suppress(OSError):
            if self._file is None:
                self._open()
            elif self._size_bytes + len(line) > self._limit_bytes:
                self._rotate()
            if self._file:
                self._file.write(line)
                self._size_bytes += len(line)

    def close(self) -> None:
        """Let go of the file; no error."""
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _open(self) -> None:
        self._file = self.path.open("ab", buffering=0)
        self._size_bytes = self.path.stat().st_size

    def _rotate(self) -> None:
        self.close()
        for number in range(LOGS_KEPT, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))
        self._open()

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path
