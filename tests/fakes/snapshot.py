"""A snapshot whose plain tree was made by a test."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

from machiya.backup.model import Entry, EntryType, Header, Rota, SnapshotName, Totals

NAME = SnapshotName(date(2026, 11, 29), Rota.DAILY)


@dataclass
class FolderSnapshot:
    """Everything below ``folder``; ``forged`` gives other hashes than those of the files."""

    folder: Path
    forged: bool = False
    name: SnapshotName = NAME

    @property
    def header(self) -> Header:
        return Header(self.name, "home.test", datetime(2026, 11, 29, 3, tzinfo=UTC))

    @property
    def totals(self) -> Totals:
        return Totals()

    def entries(self) -> Iterator[Entry]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                digest = "0" * 64 if self.forged else hashlib.sha256(path.read_bytes()).hexdigest()
                name = str(path.relative_to(self.folder)).encode()
                yield Entry(name, EntryType.FILE, 0o600, 0, 0, 0, path.stat().st_size, digest)

    def open(self, path: bytes) -> BinaryIO:
        return (self.folder / path.decode()).open("rb")
