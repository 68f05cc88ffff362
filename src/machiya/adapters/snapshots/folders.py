"""Open directories: everything goes from descriptor to descriptor, so that neither symlink nor unmount leads away."""

import os
import stat
from pathlib import Path

from machiya.backup.manifest import require_inside

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
PRIVATE = 0o700


def open_folder(name: str | bytes | Path, within: int | None = None) -> int:
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
        return open_file(os.fsdecode(name), here)
    finally:
        os.close(here)


def open_file(name: str, within: int) -> int:
    """A descriptor of a regular file.

    Raises:
        OSError: it is not there, or is something else by now.
    """
    descriptor = os.open(name, FILE, dir_fd=within)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(2, "no regular file", name)
    return descriptor


def names_in(folder: int) -> tuple[list[str], list[str]]:
    """What is in an open directory, each sorted by its bytes: what is no directory, and the directories."""
    others: list[str] = []
    folders: list[str] = []
    with os.scandir(folder) as found:
        for one in found:
            (folders if one.is_dir(follow_symlinks=False) else others).append(one.name)
    others.sort(key=os.fsencode)
    folders.sort(key=os.fsencode)
    return others, folders


def remove(name: str, within: int) -> None:
    """Delete whatever is at ``name``, with everything below it; a symlink is not followed."""
    try:
        os.unlink(name, dir_fd=within)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):  # macOS answers EPERM for a directory
        if not stat.S_ISDIR(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
            raise
        _remove_folder(name, within)


def _remove_folder(name: str, within: int) -> None:
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


def open_for_change(name: str, within: int) -> int:
    """A directory of ours whose content is to be changed, whatever mode it had at its origin."""
    try:
        folder = open_folder(name, within)
    except PermissionError:
        os.chmod(name, PRIVATE, dir_fd=within)
        folder = open_folder(name, within)
    if os.fstat(folder).st_mode & PRIVATE != PRIVATE:
        os.fchmod(folder, PRIVATE)
    return folder
