"""One message into one Maildir: there completely and durably, or not at all, whenever the power goes."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from machiya.adapters.maildir.layout import PARTS
from machiya.adapters.maildir.line_ends import SizeCount

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})


class NotConfirmed(OSError):
    """The file has its name in ``new/``, but the disk did not say that a power cut leaves it there."""


@dataclass(frozen=True, slots=True)
class Written:
    """The file's ``name`` in ``new/`` and its bytes; ``added`` is false where the same file was there already."""

    name: str
    size: int
    added: bool


def prepare(root: Path, maildir: Path) -> None:
    """Make the Maildir with its three parts, durably; ``root`` itself is never made.

    A missing root is a disk that is not mounted, and mail written below its mount point would be lost to sight.

    Raises:
        OSError: it could not be made.
    """
    for folder in (*_between(root, maildir), *(maildir / part for part in PARTS)):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=_FOLDER_MODE)
            sync_folder(folder.parent)


def _between(root: Path, maildir: Path) -> list[Path]:
    """The folders from below ``root`` down to ``maildir``."""
    parts = maildir.relative_to(root).parts
    return [root.joinpath(*parts[: depth + 1]) for depth in range(len(parts))]


def write_message(maildir: Path, base: str, pieces: Iterable[bytes]) -> Written:
    """Write ``pieces`` to ``tmp/``, sync, and only then give the file its name in ``new/``.

    Raises:
        NotConfirmed: it is in ``new/`` and can be read, yet perhaps not after a power cut.
        OSError: nothing appeared in ``new/``.
    """
    temporary = maildir / "tmp" / f"{base}.{secrets.token_hex(4)}"
    count = SizeCount()
    try:
        with open(temporary, "xb", opener=_private) as file:
            for piece in pieces:
                count.add(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        name = f"{base},S={count.size},W={count.virtual_size}"
        added = _publish(temporary, maildir / "new" / name)
        _confirm(maildir / "new")
        return Written(name, count.size, added)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _confirm(folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        raise NotConfirmed(error.errno, error.strerror) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _FILE_MODE)


def _publish(temporary: Path, target: Path) -> bool:
    """A hard link, because a rename would silently replace a file of that name."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        return _rename(temporary, target)
    return True


def _rename(temporary: Path, target: Path) -> bool:
    """For file systems without hard links; a file of that name is the same delivery with the same size."""
    if target.exists():
        return False
    temporary.rename(target)
    return True


def sync_folder(folder: Path) -> None:
    """Make the folder's entries survive a power cut.

    Raises:
        OSError: the disk did not confirm it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
