"""A manifest of the vault, fetched into the spool and read as often as needed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from machiya.backup.manifest import ManifestReader, bounded
from machiya.backup.vault.model import ObjectVersion
from machiya.backup.vault.ports import Packing, VaultStore


class OpenedManifest:
    """Reads the same manifest again and again."""

    def __init__(self, packing: Packing, path: Path, stack: ExitStack, *, sealed: bool) -> None:
        self._packing, self._path, self._stack, self._sealed = packing, path, stack, sealed

    def reader(self) -> ManifestReader:
        """From its beginning."""
        stream = self._stack.enter_context(self._packing.open(self._path, sealed=self._sealed))
        return ManifestReader(bounded(stream))


@contextmanager
def opened_manifest(store: VaultStore, packing: Packing, item: ObjectVersion) -> Iterator[OpenedManifest]:
    """Fetch it; gone from the spool at the end.

    Raises:
        VersionGone, ContentDamaged: as the store says.
    """
    path = packing.new_file()
    try:
        store.fetch(item, path, item.sha256)
        with ExitStack() as stack:
            yield OpenedManifest(packing, path, stack, sealed=item.sealed)
    finally:
        path.unlink(missing_ok=True)
