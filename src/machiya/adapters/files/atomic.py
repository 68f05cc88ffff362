"""Files that are there whole or not at all, also after a power cut."""

import errno
import os
import tempfile
from pathlib import Path

from machiya.adapters.files.errors import disk_errors

TEMPORARY_PREFIX = ".tmp-"
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}


def write_atomically(path: Path, data: bytes | bytearray | memoryview, mode: int = 0o600) -> None:
    """Replace ``path`` by ``data``: temporary file in the same folder, fsync, rename, fsync of the folder.

    Raises:
        DiskFull, NotWritable, DiskFailed: nothing was changed.
    """
    with disk_errors(path):
        temporary = _temporary_file(path, data, mode)
        try:
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_new(path: Path, data: bytes, mode: int = 0o600) -> bool:
    """As ``write_atomically``, but never over a file that is there; whether it was written.

    Raises:
        DiskFull, NotWritable, DiskFailed: nothing was changed.
    """
    with disk_errors(path):
        if path.exists() or path.is_symlink():
            return False
        temporary = _temporary_file(path, data, mode)
        try:
            _name_once(temporary, path)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
        return True


def _name_once(temporary: Path, path: Path) -> None:
    """A hard link refuses to replace; disks without hard links get a plain rename."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        temporary.rename(path)


def _temporary_file(path: Path, data: bytes | bytearray | memoryview, mode: int) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 – Path cannot open a descriptor
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
