"""Removes what interrupted writers left in ``tmp/``."""

import contextlib
from pathlib import Path

from machiya.adapters.maildir.layout import folders

LEFTOVER_SECONDS = 36 * 3600


def remove_leftovers(maildir: Path, now: float) -> int:
    """Delete files in ``tmp/`` of every folder that nobody has touched for 36 hours; how many.

    ``now`` is seconds since the epoch. The time of the last inode change counts: unlike the modification time nobody
    can set it. Source: Maildir (D. J. Bernstein).

    Raises:
        OSError: a folder could not be read.
    """
    removed = 0
    for folder in folders(maildir):
        temporary = folder / "tmp"
        for file in temporary.iterdir() if temporary.is_dir() else ():
            removed += _remove_if_old(file, now)
    return removed


def _remove_if_old(file: Path, now: float) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if now - file.stat().st_ctime > LEFTOVER_SECONDS:
            file.unlink()
            return True
    return False
