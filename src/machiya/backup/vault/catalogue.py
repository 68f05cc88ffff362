"""The manifests in the vault: found through all versions, so that neither markers nor overwriting hide one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from machiya.backup.manifest import Line, ManifestDamaged, ManifestReader, ManifestTooNew
from machiya.backup.model import EntryType, Header, SnapshotName, Totals
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

_LEARNED = "learned"
_AHEAD = timedelta(days=1)
# The reader refuses what it knows to be wrong; what it did not think of costs one manifest too and no command.
_NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Catalogue:
    """What snapshots the vault holds; the index remembers what was read once.

    Args:
        house: whose; those of another house are shown and nothing else. Empty: anybody's.
    """

    def __init__(self, store: VaultStore, index: VaultIndex, packing: Packing, house: str = "") -> None:
        self._store, self._index, self._packing, self._house = store, index, packing, house

    def refresh(self, progress: Progress) -> tuple[ManifestRecord, ...]:
        """Every manifest that is in the store now, newest snapshot first; those not known yet are read.

        Of those that were there before the index it learns where every content is, and takes them for this house's own;
        of what came later it trusts only what this house stored.
        """
        known = {one.object: one for one in self._index.manifests()}
        faults, begun, found = self._index.faults(), self._store.now(), []
        since = _learned_at(self._index)
        listed = [one for one in self._store.versions(MANIFESTS) if parse_manifest_key(one.object.key)]
        for done, one in enumerate(sorted(listed, key=lambda each: each.stored_at), start=1):
            record = known.get(one.object)
            learn = since is None or one.stored_at <= since
            found.append(self._judged(record or self._read(one, faults.get(one.object, ""), learn=learn)))
            progress.step("manifests", done, len(listed))
        if since is None:
            self._index.make_note(_LEARNED, begun.isoformat())
        return newest_first(found)

    def choose(self, records: Iterable[ManifestRecord], name: SnapshotName, version: str = "") -> ManifestRecord:
        """The manifest of a snapshot: one of this house before any other, else the one that was stored first.

        A forger with the house's keys can add manifests but neither remove nor change older ones, so what came first
        is the true one; ``version`` takes another, and one of another house.

        Raises:
            NotFound: there is none that can be used.
        """
        named = [one for one in records if one.snapshot == name and (not version or one.object.version == version)]
        whole = [one for one in named if not one.fault and (version or not one.foreign)]
        if not whole:
            why = [one.fault or f"it is of another house, {one.house}" for one in named]
            raise NotFound(
                f"the vault has no usable snapshot {name}" + (f": {why[0]}" if why else ""),
                hint="machiya vault list shows all.",
            )
        own = [one for one in whole if one.own]
        return newest_first(own)[0] if own else min(whole, key=lambda one: (one.stored_at, one.taken_at))

    def _judged(self, record: ManifestRecord) -> ManifestRecord:
        return replace(record, foreign=not record.fault and not record.own and self._is_foreign(record.house))

    def _is_foreign(self, house: str) -> bool:
        return bool(self._house) and house != self._house

    def _read(self, found: StoredVersion, fault: str, *, learn: bool) -> ManifestRecord:
        parsed = parse_manifest_key(found.object.key)
        if parsed is None:
            raise NotFound(f"{found.object.key} is no manifest")
        record = ManifestRecord(found.object, parsed[0], parsed[1], found.stored_at)
        if fault:
            return replace(record, fault=fault)
        try:
            return self._learned(record, learn=learn)
        except (ManifestTooNew, ContentDamaged, VersionGone, Unauthorized) as error:
            return replace(record, fault=error.message)
        except ManifestDamaged as error:
            fault = error.message
        except _NONSENSE as error:
            fault = f"it cannot be read: {type(error).__name__}"
        self._index.add_fault(record.object, fault)
        return replace(record, fault=fault)

    def _learned(self, record: ManifestRecord, *, learn: bool) -> ManifestRecord:
        """Twice through the file: nothing is believed before its end was seen to be whole."""
        with opened_manifest(self._store, self._packing, record.object) as manifest:
            packs = set()
            reader = manifest.reader()
            _require_plausible(record, reader.header)
            for line in reader.lines():
                if line.placement is not None:
                    packs.add(ObjectVersion(line.placement.pack, line.placement.version))
                elif line.entry.type is EntryType.FILE:
                    raise ManifestDamaged("it has a file that lies in no pack")
            adopted = learn and not self._is_foreign(reader.header.house)
            whole = _with(record, reader, adopted=adopted)
            self._index.add_manifest(whole, packs, _placed(manifest.reader()) if adopted else ())
            return whole


def is_learned(index: VaultIndex) -> bool:
    """The index has seen everything that was in the vault when it was made."""
    return _learned_at(index) is not None


def _learned_at(index: VaultIndex) -> datetime | None:
    note = index.note(_LEARNED)
    return datetime.fromisoformat(note) if note else None


def _require_plausible(record: ManifestRecord, header: Header) -> None:
    if header.snapshot != record.snapshot:
        raise ManifestDamaged("its name and its content are of different snapshots")
    latest = record.stored_at + _AHEAD
    if header.taken_at > latest or record.snapshot.day > latest.date():
        raise ManifestDamaged("it was stored before the day that it names: somebody forged it, or a clock was wrong")


def _placed(reader: ManifestReader) -> Iterator[Line]:
    return (line for line in reader.lines() if line.placement is not None)


def _with(record: ManifestRecord, reader: ManifestReader, *, adopted: bool) -> ManifestRecord:
    totals = reader.totals or Totals()
    return replace(
        record,
        taken_at=reader.header.taken_at,
        entries=totals.entries,
        size_bytes=totals.size_bytes,
        adopted=adopted,
        house=reader.header.house,
    )
