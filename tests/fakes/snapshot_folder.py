"""A snapshot over any folder: what piece L's disk gives, without hard links and rotas."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

from machiya.backup.model import Entry, EntryType, Header, Rota, SnapshotName, Totals

# Names need not be UTF-8, so paths are bytes here:
# ruff: noqa: PTH118, PTH208, PTH115


@dataclass(frozen=True)
class FolderSnapshot:
    """The folder as it is at each look; take it anew after a change."""

    folder: Path
    taken_at: datetime = datetime(2026, 11, 29, 3, tzinfo=UTC)
    day: date | None = None
    rota: Rota = Rota.DAILY

    @property
    def name(self) -> SnapshotName:
        return SnapshotName(self.day or self.taken_at.date(), self.rota)

    @property
    def header(self) -> Header:
        return Header(self.name, "machiya.home.test", self.taken_at, ("mail",), program="test")

    @property
    def totals(self) -> Totals:
        found = list(self.entries())
        return Totals(len(found), sum(entry.size for entry in found))

    def entries(self) -> Iterator[Entry]:
        yield from _below(os.fsencode(self.folder), b"", {})

    def open(self, path: bytes) -> BinaryIO:
        return io.BytesIO(Path(os.fsdecode(os.path.join(os.fsencode(self.folder), path))).read_bytes())


def _below(root: bytes, inside: bytes, seen: dict[tuple[int, int], bytes]) -> Iterator[Entry]:
    names = sorted(os.listdir(os.path.join(root, inside)))
    whole = [(os.path.join(inside, name), os.lstat(os.path.join(root, inside, name))) for name in names]
    for path, found in sorted(whole, key=lambda pair: stat.S_ISDIR(pair[1].st_mode)):
        common = (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid, found.st_mtime_ns)
        if stat.S_ISDIR(found.st_mode):
            yield Entry(path, EntryType.DIRECTORY, *common)
            yield from _below(root, path, seen)
        elif stat.S_ISLNK(found.st_mode):
            yield Entry(path, EntryType.SYMLINK, *common, link=os.readlink(os.path.join(root, path)))
        elif (first := seen.setdefault((found.st_dev, found.st_ino), path)) != path:
            yield Entry(path, EntryType.HARD_LINK, *common, link=first)
        else:
            content = Path(os.fsdecode(os.path.join(root, path))).read_bytes()
            sparse = found.st_blocks * 512 < len(content)
            digest = hashlib.sha256(content).hexdigest()
            yield Entry(path, EntryType.FILE, *common, len(content), digest, sparse=sparse)
