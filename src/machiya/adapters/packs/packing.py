"""Packs are ordinary ``.tar.zst`` files: ``tar --zstd -xf`` opens them, on any machine and without Machiya."""

import hashlib
import io
import secrets
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from machiya.adapters.packs.header import header_of
from machiya.backup.vault.errors import ContentDamaged, SnapshotChanged, SpoolFailed
from machiya.backup.vault.model import Member, Spooled

_LEVEL = 3
_CHUNK = 256 * 1024
_PREFIX = ".spool-"

# Encrypts or decrypts the first file into the second.
Seal = Callable[[Path, Path], None]


@contextmanager
def _spooled(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SpoolFailed(
            f"cannot write into {path.parent}: {error.strerror}",
            hint="Free some room there (storage.bulk) and run it again; nothing was published.",
        ) from error


class _CompressedFile:
    """Counts what goes in; the file's own bytes are hashed as they are written."""

    def __init__(self, path: Path) -> None:
        self.path, self.at = path, 0
        with _spooled(path):
            self._file = path.open("xb")
        self._digest = hashlib.sha256()
        self._size = 0
        self._zstd = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()

    def write(self, data: bytes) -> None:
        self.at += len(data)
        self._put(self._zstd.compress(data))

    def finish(self) -> Spooled:
        self._put(self._zstd.flush())
        with _spooled(self.path):
            self._file.close()
        return Spooled(self.path, self._digest.hexdigest(), self._size)

    def discard(self) -> None:
        with suppress(OSError):  # what it still holds back finds no room either
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _put(self, data: bytes) -> None:
        if data:
            self._digest.update(data)
            self._size += len(data)
            with _spooled(self.path):
                self._file.write(data)


class TarPack:
    """A pack being written. The same contents in the same order give the same bytes."""

    def __init__(self, path: Path, sealed: Callable[[Spooled], Spooled]) -> None:
        self._file, self._sealed = _CompressedFile(path), sealed
        self._members: list[Member] = []
        self.content_bytes = 0

    def add(self, sha256: str, size: int, content: BinaryIO) -> None:
        """The next member.

        Raises:
            SnapshotChanged: the content has another hash or size.
        """
        self._file.write(header_of(sha256, size))
        self._members.append(Member(sha256, self._file.at, size))
        digest, left = hashlib.sha256(), size
        while left and (chunk := content.read(min(left, _CHUNK))):
            digest.update(chunk)
            self._file.write(chunk)
            left -= len(chunk)
        if left or content.read(1) or digest.hexdigest() != sha256:
            raise SnapshotChanged(
                "the file is not the one of the snapshot's manifest any more",
                hint="The disk may be failing: machiya backup verify looks at all files. Nothing was published.",
            )
        self._file.write(bytes(-size % tarfile.BLOCKSIZE))
        self.content_bytes += size

    def finish(self) -> tuple[Spooled, Sequence[Member]]:
        """With the two empty blocks of tar's end."""
        try:
            self._file.write(bytes(2 * tarfile.BLOCKSIZE))
            return self._sealed(self._file.finish()), self._members
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Leave nothing."""
        self._file.discard()


class ManifestFile:
    """A manifest being written."""

    def __init__(self, path: Path, sealed: Callable[[Spooled], Spooled]) -> None:
        self._file, self._sealed = _CompressedFile(path), sealed

    def write(self, data: bytes) -> None:
        """The next line."""
        self._file.write(data)

    def finish(self) -> Spooled:
        """Whole."""
        return self._sealed(self._file.finish())

    def discard(self) -> None:
        """Leave nothing."""
        self._file.discard()


class FilePacking:
    """Packs and manifests in a spool folder.

    Args:
        spool: on a disk with room for a few packs.
        seal: encrypts a file into another; None: nothing is encrypted.
        unseal: decrypts one; needed only where something is.
    """

    def __init__(self, spool: Path, seal: Seal | None = None, unseal: Seal | None = None) -> None:
        self._spool, self._seal, self._unseal = spool, seal, unseal

    def pack(self) -> TarPack:
        """Begin a pack."""
        return TarPack(self.new_file(), self._sealed)

    def lines(self) -> ManifestFile:
        """Begin a manifest."""
        return ManifestFile(self.new_file(), self._sealed)

    def new_file(self) -> Path:
        """A name in the spool that nothing has yet."""
        return self._spool / f"{_PREFIX}{secrets.token_hex(12)}"

    def clean(self) -> None:
        """Remove what killed runs left in the spool."""
        for path in self._spool.glob(f"{_PREFIX}*"):
            path.unlink(missing_ok=True)

    @contextmanager
    def open(self, path: Path, *, sealed: bool) -> Iterator[BinaryIO]:
        """The decompressed bytes.

        Raises:
            ContentDamaged: at the byte where it shows.
        """
        plain = self._plain(path) if sealed else path
        try:
            with plain.open("rb") as file:
                reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
                yield cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", reader), _CHUNK))
        except zstandard.ZstdError as error:
            raise ContentDamaged(f"{path.name} cannot be decompressed: {error}") from error
        finally:
            if plain != path:
                plain.unlink(missing_ok=True)

    def _plain(self, path: Path) -> Path:
        if self._unseal is None:
            raise ContentDamaged("it is encrypted and there is no key to open it", hint="Give the key of the house.")
        plain = self.new_file()
        with _spooled(plain):
            self._unseal(path, plain)
        return plain

    def _sealed(self, spooled: Spooled) -> Spooled:
        if self._seal is None:
            return spooled
        target = self.new_file()
        try:
            with _spooled(target):
                self._seal(spooled.path, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        finally:
            spooled.path.unlink(missing_ok=True)
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Spooled(target, digest, target.stat().st_size, ".age")
