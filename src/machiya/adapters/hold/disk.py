"""Writing so that a crash leaves the old or the new, and naming what the disk refuses."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from machiya.mail.held import HoldFull, HoldUnavailable

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Translate OSError.

    Raises:
        HoldFull: no space or over the disk quota.
        HoldUnavailable: anything else the disk refused.
    """
    try:
        yield
    except OSError as error:
        raise _translated(error, folder) from error


def _translated(error: OSError, folder: Path) -> HoldUnavailable:
    if error.errno in _FULL:
        return HoldFull(f"the disk of {folder} is full", hint="Free space there, or move storage.bulk.")
    if error.errno in _FORBIDDEN:
        reason = "read-only" if error.errno == errno.EROFS else "not writable for this user"
        return HoldUnavailable(f"{folder} is {reason}", hint=f"Make {folder} writable for the user that runs Machiya.")
    return HoldUnavailable(f"{folder}: {error.strerror or error}", hint="Look at the disk (dmesg, smartctl).")


def write_whole(path: Path, data: bytes, temporary: Path, *, durable: bool) -> None:
    """``data`` in ``temporary``, then renamed to ``path``; ``durable``: on disk before the rename."""
    with temporary.open("wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.rename(path)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def second_name(source: Path, target: Path) -> None:
    """``target`` becomes the same bytes as ``source``: a hard link, or a copy where the file system has none."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("wb") as writer:
        shutil.copyfileobj(reader, writer)
        writer.flush()
        os.fsync(writer.fileno())
