"""Whether a Maildir holds a delivery, while a mail program may be moving it about."""

import os
from pathlib import Path

from machiya.adapters.maildir.layout import READABLE_PARTS, folders

_PASSES = 5


def place_of(maildir: Path, mark: str) -> Path | None:
    """The place (``new/`` or ``cur/`` of a folder) that holds the delivery, or None.

    Looks for a file whose name contains ``mark`` in ``new/`` and ``cur/`` of every folder.

    A message that is moved during the search can be missed in both places, so a search that found nothing only
    counts if no folder changed meanwhile.

    Raises:
        OSError: a folder could not be read.
    """
    for _ in range(_PASSES):
        before = _changes(maildir)
        found = next((part for part in before if any(mark in name for name in _names(part))), None)
        if found is not None or _changes(maildir) == before:
            return found
    msg = f"{maildir} changes faster than it can be searched"
    raise OSError(msg)


def _changes(maildir: Path) -> dict[Path, int]:
    """The time of the last change of each place where messages are, in nanoseconds."""
    parts = [folder / part for folder in folders(maildir) for part in READABLE_PARTS]
    return {part: _modified(part) for part in parts}


def _modified(part: Path) -> int:
    try:
        return part.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _names(part: Path) -> list[str]:
    try:
        return os.listdir(part)  # noqa: PTH208 – names alone; Path objects cost ten times as much
    except FileNotFoundError:
        return []
