"""A new folder that a snapshot is written into; nothing outside of it is touched, whatever the manifest says."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from machiya.backup.manifest import require_inside
from machiya.backup.model import Entry, EntryType
from machiya.backup.vault.errors import ContentDamaged
from machiya.core.errors import AlreadyExists, MachiyaError, Unavailable

# Descriptors, not paths:
# ruff: noqa: PTH123

_CHUNK = 1024 * 1024
_BLOCK = 4096
_PRIVATE = 0o700
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class FolderTarget:
    """Writes below ``root``, which is new or empty. Owners are set where the process may set them.

    Symlinks come last, and every folder on the way is opened without following one: nothing is written through any.
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
        with _written(entry.path), self._folder(entry.path):
            pass

    def file(self, entry: Entry, content: Iterable[bytes]) -> None:
        """Write it, whole or not at all."""
        with _written(entry.path), self._parent(entry.path) as (folder, name):
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
            try:
                with open(descriptor, "wb", buffering=0) as file:
                    for chunk in content:
                        _write(file.fileno(), chunk, sparse=entry.sparse)
                    file.truncate(entry.size)
                    self._dress(file.fileno(), entry)
            except BaseException:
                os.unlink(name, dir_fd=folder)
                raise

    def copy(self, entry: Entry, source: bytes) -> None:
        """As ``file``, with the content of a path that was written already."""
        with self._parent(source) as (folder, name):
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
        with open(descriptor, "rb") as file:
            self.file(entry, iter(lambda: file.read(_CHUNK), b""))

    def link(self, entry: Entry) -> None:
        """A symlink or another name of a file."""
        try:
            with self._parent(entry.path) as (folder, name):
                if entry.type is EntryType.HARD_LINK:
                    self._link(entry.link, folder, name)
                    return
                os.symlink(entry.link, name, dir_fd=folder)
                if self._owners:
                    os.chown(name, entry.uid, entry.gid, dir_fd=folder, follow_symlinks=False)
                os.utime(name, ns=(entry.mtime_ns, entry.mtime_ns), dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if isinstance(error, FileNotFoundError) or _is_in_the_way(error):
                raise ContentDamaged(f"cannot be made: {error.strerror}") from error
            raise _told(entry.path, error) from error

    def settle(self, entry: Entry) -> None:
        """Mode, owner and times of a directory."""
        with _written(entry.path), self._folder(entry.path) as folder:
            self._dress(folder, entry)

    def _link(self, first: bytes, folder: int, name: bytes) -> None:
        require_inside(first)
        with self._parent(first) as (other, base):
            os.link(base, name, src_dir_fd=other, dst_dir_fd=folder, follow_symlinks=False)

    @contextmanager
    def _parent(self, path: bytes) -> Iterator[tuple[int, bytes]]:
        """The folder that ``path`` is in, and its name there."""
        above, _, name = path.rpartition(b"/")
        require_inside(path)
        with self._folder(above) as folder:
            yield folder, name

    @contextmanager
    def _folder(self, path: bytes) -> Iterator[int]:
        """A folder below the root, made where it is not there; opened part by part, and no part through a symlink."""
        descriptor = os.open(self._root, _FOLDER)
        try:
            for part in path.split(b"/") if path else ():
                require_inside(part)
                with suppress(FileExistsError):
                    os.mkdir(part, _PRIVATE, dir_fd=descriptor)
                below = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)

    def _dress(self, descriptor: int, entry: Entry) -> None:
        if self._owners:
            os.chown(descriptor, entry.uid, entry.gid)
        for name, value in entry.xattrs:
            with suppress(OSError):  # a file system without them keeps the content
                os.setxattr(descriptor, name, value)
        os.chmod(descriptor, entry.mode)
        os.utime(descriptor, ns=(entry.mtime_ns, entry.mtime_ns))


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
    except OSError as error:
        if _is_in_the_way(error):
            raise ContentDamaged(f"the manifest names {os.fsdecode(path)} twice") from error
        raise _told(path, error) from error


def _is_in_the_way(error: OSError) -> bool:
    return error.errno in {errno.EEXIST, errno.ENOTDIR, errno.ELOOP}


def _told(path: bytes, error: OSError) -> MachiyaError:
    return Unavailable(
        f"cannot write {os.fsdecode(path)}: {error.strerror}", hint="Free some room, or choose another disk."
    )
