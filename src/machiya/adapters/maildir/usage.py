"""What mailboxes take, and whether one more message still fits."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from machiya.adapters.maildir.layout import READABLE_PARTS, folders, named_size
from machiya.core.addresses import EmailAddress

RECOUNT_SECONDS = 300.0


def message_sizes(maildir: Path) -> Iterator[int]:
    """The size of each message: from its name where that says it, else from the file.

    Raises:
        OSError: a folder could not be read.
    """
    for folder in folders(maildir):
        for part in READABLE_PARTS:
            yield from _sizes(folder / part)


def _sizes(part: Path) -> Iterator[int]:
    try:
        entries = os.scandir(part)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if not entry.name.startswith("."):
                yield _size(entry)


def _size(entry: os.DirEntry[str]) -> int:
    size = named_size(entry.name)
    if size is not None:
        return size
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        return 0


@dataclass(slots=True)
class _Count:
    used: int
    counted_at: float


class QuotaBook:
    """Remembers what each mailbox takes, so that not every message counts all files.

    It recounts every five minutes and before it says no: the owner may just have made room. Messages that are being
    written while it recounts are not seen, so a mailbox can end over its quota by those.
    """

    def __init__(self, monotonic: Callable[[], float], recount_seconds: float = RECOUNT_SECONDS) -> None:
        self._monotonic = monotonic
        self._recount_seconds = recount_seconds
        self._counts: dict[EmailAddress, _Count] = {}
        self._lock = threading.Lock()

    def take(self, address: EmailAddress, maildir: Path, size: int, quota: int) -> bool:
        """Reserve ``size`` bytes of ``quota`` (0: none, always true); false if they do not fit.

        Raises:
            OSError: the mailbox could not be counted.
        """
        if not quota:
            return True
        if not self._fits(address, size, quota):
            count = _Count(sum(message_sizes(maildir)), self._monotonic())
            with self._lock:
                self._counts[address] = count
        with self._lock:
            count = self._counts[address]
            if count.used + size > quota:
                return False
            count.used += size
            return True

    def correct(self, address: EmailAddress, difference: int) -> None:
        """The message turned out ``difference`` bytes larger (negative: smaller, or not stored at all)."""
        with self._lock:
            if address in self._counts:
                self._counts[address].used += difference

    def _fits(self, address: EmailAddress, size: int, quota: int) -> bool:
        """Whether the remembered count is fresh and lets the message in."""
        with self._lock:
            count = self._counts.get(address)
        fresh = count is not None and self._monotonic() - count.counted_at < self._recount_seconds
        return count is not None and fresh and count.used + size <= quota
