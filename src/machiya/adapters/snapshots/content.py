"""The content of one file: read once, hashed, and written to another one, with its holes."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SMALL = 256 * 1024
_PIECE = 1024 * 1024
_TRIES = 3
_ZEROS = bytes(_PIECE)
_NO_HOLES_KNOWN = {errno.EINVAL, errno.ENOTSUP}


class CannotRead(OSError):
    """The file that is copied does not give its content; where it is copied to is not to blame."""


@dataclass(frozen=True, slots=True)
class Read:
    """A file as it was read.

    Args:
        origin: what ``fstat`` said before the reading.
        data: the whole content of a small file, else None.
        steady: it was the same before and after.
    """

    origin: os.stat_result
    size: int
    sha256: str
    data: bytes | None
    steady: bool
    sparse: bool = False


def read_small(source: int, origin: os.stat_result) -> Read:
    """A small file into memory; one that changes meanwhile is read again, up to three times.

    A file that grew is what its first bytes were, one that shrank what was left.
    """
    for left in reversed(range(_TRIES)):
        data = os.pread(source, origin.st_size, 0) if origin.st_size else b""
        while len(data) < origin.st_size and (more := os.pread(source, origin.st_size - len(data), len(data))):
            data += more
        steady = is_steady(source, origin) and len(data) == origin.st_size
        if steady or not left:
            return Read(origin, len(data), hashlib.sha256(data).hexdigest(), data, steady)
        origin = os.fstat(source)
    raise AssertionError


def is_steady(source: int, origin: os.stat_result) -> bool:
    """Whether nothing was written into it since."""
    now = os.fstat(source)
    return (now.st_mtime_ns, now.st_size, now.st_ctime_ns) == (origin.st_mtime_ns, origin.st_size, origin.st_ctime_ns)


def is_sparse(origin: os.stat_result) -> bool:
    """It has holes."""
    return origin.st_blocks * 512 < origin.st_size


def copy_large(source: int, target: int, tell: Callable[[int], None]) -> Read:
    """Piece by piece, as long as the file was at first; holes stay holes. ``tell`` hears the bytes of each piece.

    Raises:
        CannotRead: the source failed.
        OSError: the target did.
    """
    origin = os.fstat(source)
    sparse = is_sparse(origin)
    digest = hashlib.sha256()
    size = 0
    for start, length, hole in _extents(source, origin.st_size, sparse=sparse):
        took = 0
        for piece in _zeros(length) if hole else _pieces(source, start, length):
            digest.update(piece)
            if not hole:
                write_all(target, piece, start + took)
            took += len(piece)
            tell(len(piece))
        size = start + took
        if took < length:
            break  # it was cut off meanwhile
    if sparse:
        os.ftruncate(target, size)
    steady = is_steady(source, origin) and size == origin.st_size
    return Read(origin, size, digest.hexdigest(), None, steady, sparse)


def digest_of(source: int, tell: Callable[[int], None] | None = None) -> tuple[str, int]:
    """SHA-256 of what a descriptor holds, and its length."""
    digest, size = hashlib.sha256(), 0
    while piece := os.read(source, _PIECE):
        digest.update(piece)
        size += len(piece)
        if tell is not None:
            tell(len(piece))
    return digest.hexdigest(), size


def write_all(target: int, data: bytes, start: int = 0) -> None:
    """All of it, at this offset."""
    rest = memoryview(data)
    while rest:
        wrote = os.pwrite(target, rest, start)
        rest, start = rest[wrote:], start + wrote


def _pieces(source: int, start: int, length: int) -> Iterator[bytes]:
    while length and (piece := _piece(source, min(_PIECE, length), start)):
        yield piece
        start, length = start + len(piece), length - len(piece)


def _piece(source: int, length: int, start: int) -> bytes:
    try:
        return os.pread(source, length, start)
    except OSError as error:
        raise CannotRead(error.errno, error.strerror) from error


def _zeros(length: int) -> Iterator[bytes]:
    while length:
        yield _ZEROS[: min(_PIECE, length)]
        length -= min(_PIECE, length)


def _extents(source: int, size: int, *, sparse: bool) -> Iterator[tuple[int, int, bool]]:
    """``(start, length, hole)`` from 0 to ``size``."""
    at = 0
    while at < size:
        data = _seek(source, at, os.SEEK_DATA, size) if sparse else at
        if data > at:
            yield at, data - at, True
        end = _seek(source, data, os.SEEK_HOLE, size) if sparse and data < size else size
        if end > data:
            yield data, end - data, False
        at = max(end, at + 1)


def _seek(source: int, start: int, whence: int, size: int) -> int:
    try:
        return min(os.lseek(source, start, whence), size)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return size  # nothing but a hole up to the end
        if error.errno in _NO_HOLES_KNOWN:
            return start if whence == os.SEEK_DATA else size
        raise CannotRead(error.errno, error.strerror) from error
