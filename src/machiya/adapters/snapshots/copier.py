"""What a draft knows while trees are copied into it: the day before, the interrupted run, names of hard links."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from machiya.adapters.snapshots.tally import Tally
from machiya.backup.manifest import Line, ManifestWriter
from machiya.backup.model import Entry
from machiya.backup.order import Earlier

RACY_NS = 2_000_000_000
CHECKPOINT_BYTES = 1024 * 1024 * 1024


@dataclass(slots=True)
class Known:
    """Entries of another manifest, and until which time of change they can be trusted.

    What was written while they were read may have changed again within the same tick of the clock.
    """

    entries: Earlier
    trusted_until_ns: int

    def at(self, key: bytes) -> Line | None:
        """The entry with this key."""
        return self.entries.at(key)

    def trusts(self, entry: Entry) -> bool:
        """Its time tells whether its content changed."""
        return entry.mtime_ns < self.trusted_until_ns - RACY_NS


@dataclass(slots=True)
class TreeCopy:
    """Copies trees into one draft.

    Args:
        root: descriptor of the draft's folder.
        disk: device and inode of the backup disk's folder: not walked into.
        earlier: the newest finished snapshot.
        checkpoint: makes durable what was saved so far, so that it is not copied again after an interruption.
        resumed: what the interrupted run has in this draft already; None: it is a new one.
    """

    root: int
    disk: tuple[int, int]
    writer: ManifestWriter
    tally: Tally
    earlier: Known
    checkpoint: Callable[[], None]
    resumed: Known | None = None
    _unsure: int = 0
    _names: dict[tuple[int, int], tuple[bytes, int]] = field(default_factory=dict)

    def saved(self, octets: int) -> None:
        """So many new bytes; every gibibyte they are made durable."""
        self._unsure += octets
        if self._unsure >= CHECKPOINT_BYTES:
            self.checkpoint()
            self._unsure = 0

    def first_name(self, origin: os.stat_result) -> bytes | None:
        """Where another name of the same file was saved; forgotten with the last of its names."""
        found = self._names.get((origin.st_dev, origin.st_ino))
        if found is None:
            return None
        path, left = found
        if left <= 1:
            del self._names[origin.st_dev, origin.st_ino]
        else:
            self._names[origin.st_dev, origin.st_ino] = path, left - 1
        return path

    def remember_name(self, origin: os.stat_result, path: bytes) -> None:
        """The first of several names."""
        self._names[origin.st_dev, origin.st_ino] = path, origin.st_nlink - 1
