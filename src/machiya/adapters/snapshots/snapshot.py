"""One finished snapshot: its manifest, and its files without a way out of it."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from machiya.adapters.snapshots.folders import open_below
from machiya.adapters.snapshots.manifest_file import MANIFEST, entries_of, header_of, totals_of
from machiya.backup.errors import SnapshotMissing
from machiya.backup.model import Entry, Header, SnapshotName, Totals


class DiskSnapshot:
    """A snapshot on the backup disk.

    Args:
        folder: its plain tree, with the manifest in it.
    """

    def __init__(self, name: SnapshotName, folder: Path) -> None:
        self._name, self._folder = name, folder

    @property
    def name(self) -> SnapshotName:
        """Rota and day."""
        return self._name

    @property
    def folder(self) -> Path:
        """Where its plain tree is."""
        return self._folder

    @property
    def manifest(self) -> Path:
        """The manifest's file."""
        return self._folder / MANIFEST

    @cached_property
    def header(self) -> Header:
        """The first line of its manifest.

        Raises:
            ManifestDamaged: it has none.
        """
        return header_of(self.manifest)

    @cached_property
    def totals(self) -> Totals:
        """The last line of its manifest.

        Raises:
            ManifestDamaged: it has none.
        """
        return totals_of(self.manifest)

    def entries(self) -> Iterator[Entry]:
        """As the manifest has them, streamed.

        Raises:
            ManifestDamaged: it is not whole.
        """
        return entries_of(self.manifest)

    def open(self, path: bytes) -> BinaryIO:
        """The content of a file; a symlink on the way is not followed.

        Raises:
            SnapshotMissing: there is no such file.
        """
        try:
            return os.fdopen(open_below(self._folder, path), "rb")
        except OSError as error:
            raise SnapshotMissing(
                f"{self._name} has no file {path.decode('utf-8', 'backslashreplace')}",
                hint=f"machiya backup browse {self._name} shows what it has.",
            ) from error
