"""Postfix's log as a file: read from a position on, across its rotation.

``postfix logrotate`` renames the file (``mail.log`` becomes ``mail.log.<time>``) and begins a new one. A position names
its file by inode and by the hash of the file's first bytes, because inodes are used again.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from machiya.core.errors import Unavailable
from machiya.mail.outgoing import LogPiece, LogPosition

PIECE_BYTES = 256 * 1024
_FIRST_BYTES = 64


class LogUnreadable(Unavailable):
    """The queue's log is there and cannot be read."""

    code = "log_unreadable"


class LogFile:
    """``QueueLog`` over ``path`` and the files it was rotated to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, position: LogPosition) -> LogPiece:
        """The next whole lines, at most 256 KiB; none: the same position again.

        Raises:
            LogUnreadable: the file is there and cannot be read.
        """
        try:
            return self._read(position)
        except OSError as error:
            told = f"{self._path.name} cannot be read: {error.strerror}"
            raise LogUnreadable(told, hint="Look at the disk.") from error

    def _read(self, position: LogPosition) -> LogPiece:
        paths = self._paths()
        for path in paths:
            if position.identity and self._identity(path) == position.identity:
                piece = _piece(path, position)
                if piece.position != position or path == paths[-1]:
                    return piece
                following = paths[paths.index(path) + 1]
                return self._begin(following, position)
        return self._begin(paths[0], position) if paths else LogPiece((), position)

    def _begin(self, path: Path, position: LogPosition) -> LogPiece:
        identity = self._identity(path)
        return _piece(path, LogPosition(identity, 0)) if identity else LogPiece((), position)

    def _paths(self) -> list[Path]:
        """Oldest first; the one being written last."""
        rotated = sorted(self._path.parent.glob(f"{self._path.name}.*"), key=lambda path: path.name)
        return [*rotated, *([self._path] if self._path.exists() else [])]

    def _identity(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                first = file.read(_FIRST_BYTES)
                inode = os.fstat(file.fileno()).st_ino
        except FileNotFoundError:
            return ""
        return f"{inode}-{hashlib.sha256(first).hexdigest()[:32]}" if len(first) == _FIRST_BYTES else ""


def _piece(path: Path, position: LogPosition) -> LogPiece:
    with path.open("rb") as file:
        file.seek(position.offset)
        content = file.read(PIECE_BYTES)
    whole = content[: content.rfind(b"\n") + 1]
    if not whole and len(content) == PIECE_BYTES:  # no program writes such a line; what is damaged is passed over
        return LogPiece((), LogPosition(position.identity, position.offset + len(content)))
    lines = tuple(_lines(whole, position.offset))
    return LogPiece(lines, LogPosition(position.identity, position.offset + len(whole)))


def _lines(content: bytes, offset: int) -> Iterator[tuple[int, str]]:
    """``splitlines`` would also split at a lone CR, which another server's words may hold."""
    for line in content.split(b"\n")[:-1]:
        yield offset, line.decode("utf-8", "surrogateescape")
        offset += len(line) + 1
