"""The manifest as a file: JSON lines in one zstd frame, written in durable steps, read as a stream."""

import io
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import zstandard

from machiya.backup.manifest import Line, ManifestDamaged, ManifestReader, damaged, whole
from machiya.backup.model import Entry, Header, Totals

MANIFEST = "manifest.jsonl.zst"

_LEVEL = 1
_PIECE = 256 * 1024
_READ = 1024 * 1024
_MOST_WAITING = 4 * 1024 * 1024


class ManifestOut:
    """Writes a manifest into an open folder. What is in the file is durable, and what it tells of is too.

    Args:
        folder: descriptor of the snapshot's folder.
        sync: makes the whole disk durable.
    """

    def __init__(self, folder: int, sync: Callable[[], None], name: str = MANIFEST) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(name, flags, 0o600, dir_fd=folder)
        self._sync = sync
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
        self._lines: list[bytes] = []
        self._lines_size = self._waiting_size = 0
        self._waiting: list[bytes] = []

    def write(self, line: bytes) -> None:
        """One line; it comes to the disk with the next ``checkpoint``."""
        self._lines.append(line)
        self._lines_size += len(line)
        if self._lines_size >= _PIECE:
            self._compress()
            if self._waiting_size >= _MOST_WAITING:
                self.checkpoint()

    def checkpoint(self) -> None:
        """What was saved up to here will not be copied again, even if the power fails now."""
        self._compress()
        self._keep(self._compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
        self._sync()
        self._flush()

    def finish(self) -> None:
        """The end of the file; the caller syncs and renames."""
        self._compress()
        self._keep(self._compressor.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH))
        self._flush()
        self.close()

    def close(self) -> None:
        """Let go of it as it is."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _compress(self) -> None:
        self._keep(self._compressor.compress(b"".join(self._lines)))
        self._lines.clear()
        self._lines_size = 0

    def _keep(self, piece: bytes) -> None:
        self._waiting.append(piece)
        self._waiting_size += len(piece)

    def _flush(self) -> None:
        rest = memoryview(b"".join(self._waiting))
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._waiting.clear()
        self._waiting_size = 0


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a manifest file, as far as they can be read.

    Raises:
        ManifestDamaged: it cannot be read or decompressed.
    """
    try:
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file, read_size=_READ) as reader,
            io.BufferedReader(reader, _READ) as lines,
        ):
            yield from lines
    except (OSError, zstandard.ZstdError) as error:
        raise damaged() from error


def entries_of(path: Path) -> Iterator[Entry]:
    """All entries.

    Raises:
        ManifestDamaged: at the line where it shows.
    """
    for line in ManifestReader(lines_of(path)).lines():
        yield line.entry


def readable_lines_of(path: Path) -> Generator[Line, None, None]:
    """The entries up to where an interrupted run left off."""
    try:
        yield from ManifestReader(lines_of(path)).lines()
    except ManifestDamaged:
        return


def header_of(path: Path) -> Header:
    """The first line.

    Raises:
        ManifestDamaged: it is none.
    """
    return ManifestReader(lines_of(path)).header


def totals_of(path: Path) -> Totals:
    """The last line; the checksum over all of them is right.

    Raises:
        ManifestDamaged: it is not whole.
    """
    return whole(lines_of(path))
