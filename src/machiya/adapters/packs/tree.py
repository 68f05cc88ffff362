"""A new folder that a snapshot is written into; nothing outside of it is touched, whatever the manifest says."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from machiya.backup.model import Entry, EntryType
from machiya.backup.vault.errors import ContentDamaged
from machiya.core.errors import AlreadyExists, MachiyaError, Unavailable

# Names need not be UTF-8, so paths are bytes here:
# ruff: noqa: PTH101, PTH103, PTH108, PTH118, PTH120, PTH123, PTH211

_CHUNK = 1024 * 1024
_BLOCK = 4096
_PRIVATE = 0o700


class FolderTarget:
    """Writes below ``root``, which is new or empty. Owners are set where the process may set them.

    Symlinks come last, so that nothing can be written through one.
    """

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root)
        self._owners = os.geteuid() == 0
        if root.is_symlink() or (root.exists() and (not root.is_dir() or any(root.iterdir()))):
            raise AlreadyExists(f"{root} is there already", hint="Name a new folder; a restore writes over nothing.")
        with _written(self._root):
            root.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)

    def directory(self, entry: Entry) -> None:
        """Make it; its mode and times come with ``settle``."""
        path = self._path(entry.path)
        with _written(path):
            self._make(path)

    def file(self, entry: Entry, content: Iterable[bytes]) -> None:
        """Write it, whole or not at all."""
        path = self._path(entry.path)
        with _written(path):
            self._make(os.path.dirname(path))
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                with open(descriptor, "wb", buffering=0) as file:
                    for chunk in content:
                        _write(file.fileno(), chunk, sparse=entry.sparse)
                    file.truncate(entry.size)
            except BaseException:
                os.unlink(path)
                raise
            self._dress(path, entry)

    def copy(self, entry: Entry, source: bytes) -> None:
        """As ``file``, with the content of a path that was written already."""
        with open(self._path(source), "rb") as file:
            self.file(entry, iter(lambda: file.read(_CHUNK), b""))

    def link(self, entry: Entry) -> None:
        """A symlink or another name of a file."""
        path = self._path(entry.path)
        try:
            self._make(os.path.dirname(path))
            if entry.type is EntryType.HARD_LINK:
                os.link(self._path(entry.link), path, follow_symlinks=False)
                return
            os.symlink(entry.link, path)
        except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
            raise ContentDamaged(f"cannot be made: {error.strerror}") from error
        except OSError as error:
            raise _told(path, error) from error
        self._own(path, entry)
        os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns), follow_symlinks=False)

    def settle(self, entry: Entry) -> None:
        """Mode, owner and times of a directory."""
        path = self._path(entry.path)
        with _written(path):
            self._dress(path, entry)

    def _path(self, path: bytes) -> bytes:
        return os.path.join(self._root, path)

    @staticmethod
    def _make(path: bytes) -> None:
        os.makedirs(path, _PRIVATE, exist_ok=True)

    def _dress(self, path: bytes, entry: Entry) -> None:
        self._own(path, entry)
        for name, value in entry.xattrs:
            with suppress(OSError):  # a file system without them keeps the content
                os.setxattr(path, name, value, follow_symlinks=False)
        os.chmod(path, entry.mode)
        os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))

    def _own(self, path: bytes, entry: Entry) -> None:
        if self._owners:
            os.chown(path, entry.uid, entry.gid, follow_symlinks=False)


def _write(descriptor: int, chunk: bytes, *, sparse: bool) -> None:
    view = memoryview(chunk)
    step = _BLOCK if sparse else len(view)
    while view:
        part = view[:step]
        if sparse and bytes(part).count(0) == len(part):
            os.lseek(descriptor, len(part), os.SEEK_CUR)
            view = view[len(part) :]
        else:
            view = view[os.write(descriptor, part) :]


@contextmanager
def _written(path: bytes) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise ContentDamaged(f"the manifest names {os.fsdecode(path)} twice") from error
    except OSError as error:
        raise _told(path, error) from error


def _told(path: bytes, error: OSError) -> MachiyaError:
    return Unavailable(
        f"cannot write {os.fsdecode(path)}: {error.strerror}", hint="Free some room, or choose another disk."
    )
