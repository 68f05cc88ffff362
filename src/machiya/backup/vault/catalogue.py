"""The manifests in the vault: found through all versions, so that neither markers nor overwriting hide one."""

from collections.abc import Iterable, Iterator

from machiya.backup.manifest import Line, ManifestDamaged, ManifestReader
from machiya.backup.model import EntryType, SnapshotName
from machiya.backup.vault.errors import ContentDamaged, VersionGone
from machiya.backup.vault.model import (
    MANIFESTS,
    ManifestRecord,
    ObjectVersion,
    StoredVersion,
    newest_first,
    parse_manifest_key,
)
from machiya.backup.vault.ports import Packing, VaultIndex, VaultStore
from machiya.backup.vault.reading import opened_manifest
from machiya.core.errors import NotFound, Unauthorized
from machiya.core.progress import Progress

# The reader refuses what it knows to be wrong; what it did not think of costs one manifest too and no command.
_NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Catalogue:
    """What snapshots the vault holds; the index remembers what was read once."""

    def __init__(self, store: VaultStore, index: VaultIndex, packing: Packing) -> None:
        self._store, self._index, self._packing = store, index, packing

    def refresh(self, progress: Progress) -> tuple[ManifestRecord, ...]:
        """Every manifest that is in the store now, newest snapshot first; those not known yet are read.

        An empty index learns from them where every content is; one that is not trusts only what this house stored.
        """
        known = {one.object: one for one in self._index.manifests()}
        learn, found = self._index.is_empty(), []
        listed = [one for one in self._store.versions(MANIFESTS) if parse_manifest_key(one.object.key)]
        for done, one in enumerate(sorted(listed, key=lambda each: each.stored_at), start=1):
            record = known.get(one.object)
            found.append(record or self._read(one, learn=learn))
            progress.step("manifests", done, len(listed))
        return newest_first(found)

    def choose(self, records: Iterable[ManifestRecord], name: SnapshotName, version: str = "") -> ManifestRecord:
        """The manifest of a snapshot: one of this house before any other, else the one that was stored first.

        A forger with the house's keys can add manifests but neither remove nor change older ones, so what came first
        is the true one; ``version`` takes another.

        Raises:
            NotFound: there is none that can be used.
        """
        named = [one for one in records if one.snapshot == name and (not version or one.object.version == version)]
        whole = [one for one in named if not one.fault]
        if not whole:
            raise NotFound(
                f"the vault has no usable snapshot {name}" + (f": {named[0].fault}" if named else ""),
                hint="machiya vault list shows all.",
            )
        own = [one for one in whole if one.own]
        return newest_first(own)[0] if own else min(whole, key=lambda one: (one.stored_at, one.taken_at))

    def _read(self, found: StoredVersion, *, learn: bool) -> ManifestRecord:
        parsed = parse_manifest_key(found.object.key)
        if parsed is None:
            raise NotFound(f"{found.object.key} is no manifest")
        record = ManifestRecord(found.object, parsed[0], parsed[1], found.stored_at)
        try:
            return self._learned(record, learn=learn)
        except (ManifestDamaged, ContentDamaged, VersionGone, Unauthorized) as error:
            return _with(record, fault=error.message)
        except _NONSENSE as error:
            return _with(record, fault=f"it cannot be read: {type(error).__name__}")

    def _learned(self, record: ManifestRecord, *, learn: bool) -> ManifestRecord:
        """Twice through the file: nothing is believed before its end was seen to be whole."""
        with opened_manifest(self._store, self._packing, record.object) as manifest:
            packs = set()
            reader = manifest.reader()
            if reader.header.snapshot != record.snapshot:
                return _with(record, fault="its name and its content are of different snapshots")
            for line in reader.lines():
                if line.placement is not None:
                    packs.add(ObjectVersion(line.placement.pack, line.placement.version))
                elif line.entry.type is EntryType.FILE:
                    return _with(record, fault="it has a file that lies in no pack")
            whole = _with(record, reader=reader)
            self._index.add_manifest(whole, packs, _placed(manifest.reader()) if learn else ())
            return whole


def _placed(reader: ManifestReader) -> Iterator[Line]:
    return (line for line in reader.lines() if line.placement is not None)


def _with(record: ManifestRecord, *, fault: str = "", reader: ManifestReader | None = None) -> ManifestRecord:
    totals = reader.totals if reader else None
    return ManifestRecord(
        record.object,
        record.snapshot,
        reader.header.taken_at if reader else record.taken_at,
        record.stored_at,
        totals.entries if totals else 0,
        totals.size_bytes if totals else 0,
        fault=fault,
    )
