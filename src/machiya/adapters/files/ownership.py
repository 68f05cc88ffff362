"""A folder that changes hands together with what is in it: the mail of a house that begins to run in containers."""

import os
from collections.abc import Callable
from pathlib import Path

Chown = Callable[..., None]


def give_folder(folder: Path, owner: tuple[int, int], chown: Chown = os.chown) -> None:
    """Give ``folder`` to ``owner`` (uid, gid), with everything in it if it belonged to another user before.

    The folder itself comes last: its owner says whether all of it was done, so that an interruption is made good by the
    next call, and nothing is looked through twice. Links are given, never followed.

    Raises:
        OSError: the disk refused.
    """
    real = folder.resolve(strict=True)
    if real.stat().st_uid != owner[0]:
        for _, folders, files, descriptor in os.fwalk(real):
            for name in (*folders, *files):
                _give(name, descriptor, owner, chown)
    chown(real, *owner)


def _give(name: str, folder: int, owner: tuple[int, int], chown: Chown) -> None:
    try:
        now = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if (now.st_uid, now.st_gid) != owner:
            chown(name, *owner, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:  # a temporary file, gone since the folder was read
        return
