"""Folders of a mailbox as open descriptors.

Root writes where others may rename at any time: a symlink on the way is refused, not followed, and what is made
belongs to whom the folder around it belongs to.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_ROOT = 0


def open_root(root: Path) -> int:
    """The folder of all mail, which is never made: a missing one is a disk that is not mounted."""
    return os.open(root, _FOLDER & ~os.O_NOFOLLOW)


def open_folder(name: bytes, within: int) -> int:
    """A folder that is there."""
    return os.open(name, _FOLDER, dir_fd=within)


def make_folder(name: bytes, within: int, *, like: int | None = None) -> int:
    """The folder, made durably if it is not there: owner of the one around it; mode 0700, or that of ``like``."""
    try:
        os.mkdir(name, _PRIVATE_FOLDER, dir_fd=within)
    except FileExistsError:
        return open_folder(name, within)
    made = open_folder(name, within)
    _give(made, within)
    if like is not None:
        os.fchmod(made, stat.S_IMODE(os.fstat(like).st_mode) & 0o777)
    os.fsync(within)
    return made


def new_file(name: bytes, within: int) -> int:
    """A new file for writing: the owner of its folder, and its mode without the right to execute."""
    made = os.open(name, _NEW, _PRIVATE_FILE, dir_fd=within)
    _give(made, within)
    os.fchmod(made, stat.S_IMODE(os.fstat(within).st_mode) & 0o666)
    return made


def open_file(name: bytes | str, within: int) -> int:
    """A regular file for reading.

    Raises:
        FileNotFoundError: it is none.
        OSError: it is a symlink, or cannot be read.
    """
    descriptor = os.open(name, _READ, dir_fd=within)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(2, "no regular file", name)
    return descriptor


@contextmanager
def descended(root: Path, names: Sequence[bytes], *, make: bool = False) -> Iterator[int]:
    """The folder at ``names`` below ``root``.

    Raises:
        FileNotFoundError: it is not there, and is not to be made.
        OSError: a symlink is on the way, or it cannot be opened.
    """
    with ExitStack() as opened:
        here = open_root(root)
        opened.callback(os.close, here)
        for name in names:
            here = make_folder(name, here) if make else open_folder(name, here)
            opened.callback(os.close, here)
        yield here


def _give(descriptor: int, within: int) -> None:
    """Only root can, and only root has to."""
    around = os.fstat(within)
    if os.geteuid() == _ROOT:
        os.fchown(descriptor, around.st_uid, around.st_gid)
