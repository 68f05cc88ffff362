"""What the local disk may answer, said so that a person knows what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machiya.core.errors import MachiyaError, NotFound, Refused, Unavailable

_FULL = {errno.ENOSPC, errno.EDQUOT}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}


class DiskFull(Unavailable):
    """There is no room left on the disk."""

    code = "disk_full"


class DiskFailed(Unavailable):
    """The disk did not do what it was asked."""

    code = "disk_failed"


class NotWritable(Refused):
    """The folder or its disk does not let us write."""

    code = "not_writable"


class NotAHouse(NotFound):
    """There is no house in this folder."""

    code = "no_house"


class FolderTaken(Refused):
    """The folder holds something else than a house."""

    code = "folder_taken"


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` on ``path`` into what a person can act on.

    Raises:
        DiskFull: no room or no quota left.
        NotWritable: read-only disk or missing permission.
        DiskFailed: anything else.
    """
    try:
        yield
    except OSError as error:
        raise _translated(error, path) from error


def _translated(error: OSError, path: Path) -> MachiyaError:
    if error.errno in _FULL:
        return DiskFull(f"no room left on the disk of {path}", hint="Free some room and run the same command again.")
    if error.errno in _CLOSED:
        return NotWritable(
            f"cannot write {path}: {error.strerror}",
            hint="Give this user the folder (chown, chmod), mount the disk read-write, or choose another with --house.",
        )
    return DiskFailed(f"cannot write {path}: {error.strerror}", hint="Look at the disk (dmesg), then try again.")
