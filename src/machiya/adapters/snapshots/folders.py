"""Open directories: everything goes from descriptor to descriptor, so that neither symlink nor unmount leads away."""

import errno
import os
import stat
from pathlib import Path

from machiya.backup.manifest import require_inside

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
PRIVATE = 0o700

Name = str | bytes


def open_folder(name: Name | Path, within: int | None = None) -> int:
    """A descriptor of a directory; a symlink in its place is an error."""
    return os.open(name, FOLDER, dir_fd=within)


def open_root(path: Path) -> int:
    """A descriptor of a directory that the settings name: here a symlink is what a person chose."""
    return os.open(path, FOLDER & ~os.O_NOFOLLOW)


def open_below(root: Path, path: bytes) -> int:
    """A descriptor of the regular file at ``path`` below ``root``.

    Raises:
        OSError: it is not there, is no file, or a symlink is on the way.
        ManifestDamaged: the path leads out.
    """
    require_inside(path)
    *folders, name = path.split(b"/")
    here = open_root(root)
    try:
        for folder in folders:
            below = open_folder(folder, here)
            os.close(here)
            here = below
        return open_file(name, here)
    finally:
        os.close(here)


def open_file(name: Name, within: int) -> int:
    """A descriptor of a regular file.

    Raises:
        OSError: it is not there, or is something else by now.
    """
    return open_regular(name, within)[0]


def open_regular(name: Name, within: int) -> tuple[int, os.stat_result]:
    """As ``open_file``, and what the file is."""
    descriptor = os.open(name, FILE, dir_fd=within)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise OSError(errno.ESTALE, "no regular file any more", name)
    return descriptor, status


def names_in(folder: int) -> tuple[list[bytes], list[bytes]]:
    """What is in an open directory, each sorted by its bytes: what is no directory, and the directories."""
    others: list[bytes] = []
    folders: list[bytes] = []
    with os.scandir(folder) as found:
        for one in found:
            (folders if one.is_dir(follow_symlinks=False) else others).append(os.fsencode(one.name))
    others.sort()
    folders.sort()
    return others, folders


def remove(name: Name, within: int) -> None:
    """Delete whatever is at ``name``, with everything below it; a symlink is not followed."""
    try:
        os.unlink(name, dir_fd=within)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):  # macOS answers EPERM for a directory
        if not stat.S_ISDIR(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
            raise
        _remove_folder(name, within)


def _remove_folder(name: Name, within: int) -> None:
    """Saved folders keep their modes; those that do not let their owner in are opened first."""
    folder = open_for_change(name, within)
    try:
        others, folders = names_in(folder)
        for one in others:
            os.unlink(one, dir_fd=folder)
        for one in folders:
            _remove_folder(one, folder)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=within)


def open_for_change(name: Name, within: int) -> int:
    """A directory of ours whose content is to be changed, whatever mode it had at its origin."""
    try:
        folder = open_folder(name, within)
    except PermissionError:
        os.chmod(name, PRIVATE, dir_fd=within)
        folder = open_folder(name, within)
    if stat.S_IMODE(os.fstat(folder).st_mode) != PRIVATE:
        os.fchmod(folder, PRIVATE)
    return folder
