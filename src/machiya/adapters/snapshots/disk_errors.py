"""What the backup disk may answer, said so that a person knows what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machiya.backup.errors import BackupDiskFailed, BackupDiskFull, BackupDiskMissing, BackupDiskReadOnly
from machiya.core.errors import MachiyaError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}
_AWAY = {errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO}


class OfTheDisk(Exception):
    """The backup disk failed, not what is saved."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def disk_errors(root: Path) -> Iterator[None]:
    """Turn an ``OSError`` of the backup disk at ``root`` into what a person can act on.

    Raises:
        BackupDiskFull, BackupDiskReadOnly, BackupDiskMissing: as they say.
        BackupDiskFailed: anything else.
    """
    try:
        yield
    except OfTheDisk as trouble:
        raise _translated(trouble.error, root) from trouble.error
    except OSError as error:
        raise _translated(error, root) from error


def _translated(error: OSError, root: Path) -> MachiyaError:
    if error.errno in FULL:
        return full(root)
    if error.errno in _CLOSED:
        return BackupDiskReadOnly(
            f"the backup disk at {root} does not let us write: {error.strerror}",
            hint="Mount it read-write and give the folder to the user that runs this.",
        )
    if error.errno in _AWAY:
        return BackupDiskMissing(
            f"the backup disk at {root} is not as it was: {error.strerror} ({error.filename!r})",
            hint="Is it mounted? Then run the same command again.",
        )
    return BackupDiskFailed(
        f"the backup disk at {root} failed: {error.strerror}",
        hint="Look at the disk (dmesg, smartctl), then try again.",
    )


def full(root: Path, why: str = "the snapshots that were there are as they were") -> BackupDiskFull:
    """There is no room left."""
    return BackupDiskFull(
        f"no room left on the backup disk at {root}: {why}",
        hint="Delete a snapshot (machiya backup list, machiya backup forget), or take a larger disk.",
    )


def tells_full(error: BaseException) -> bool:
    """Whether what a dumper raised comes from a disk without room; SQLite has words for it and no number."""
    cause: BaseException | None = error
    while cause is not None:
        if (isinstance(cause, OSError) and cause.errno in FULL) or "disk is full" in str(cause):
            return True
        cause = cause.__cause__
    return False
