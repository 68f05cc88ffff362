"""A bound on the bytes of all uploads together."""

import threading
import time
from collections.abc import Callable
from typing import BinaryIO


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


class Bandwidth:
    """Lets ``per_second`` bytes through; 0: as many as come. From any thread."""

    def __init__(
        self,
        per_second: int,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = _pause,
    ) -> None:
        self._per_second, self._clock, self._pause = per_second, clock, pause
        self._lock, self._free_at = threading.Lock(), 0.0

    def take(self, size: int) -> None:
        """Wait until ``size`` bytes may go."""
        if not self._per_second or not size:
            return
        with self._lock:
            now = self._clock()
            begin = max(now, self._free_at)
            self._free_at = begin + size / self._per_second
        if begin > now:
            self._pause(begin - now)


class Metered:
    """A part of a file that is read no faster than allowed; seekable, for botocore sends it again after a failure."""

    def __init__(self, file: BinaryIO, bandwidth: Bandwidth, start: int, size: int) -> None:
        self._file, self._bandwidth, self._start, self._size = file, bandwidth, start, size
        self.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes."""
        left = self._size - self.tell()
        data = self._file.read(left if size < 0 else min(size, left))
        self._bandwidth.take(len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Within the part."""
        base = {0: 0, 1: self.tell() if whence == 1 else 0, 2: self._size}[whence]
        self._file.seek(self._start + base + offset)
        return self.tell()

    def tell(self) -> int:
        """Within the part."""
        return self._file.tell() - self._start

    def __len__(self) -> int:
        return self._size
