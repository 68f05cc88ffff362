"""A snapshot goes into the vault. The invariant:

When its manifest is published, every object version that it references is locked for at least ``lock_days`` after the
snapshot. So: renew every version that is needed, upload what is missing, and the manifest last of all. One renewal that
fails: no manifest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from machiya.backup.manifest import ManifestWriter
from machiya.backup.model import EntryType, Placement, SnapshotName, Totals
from machiya.backup.ports import Snapshot
from machiya.backup.vault.catalogue import Catalogue, is_learned
from machiya.backup.vault.clocks import agreed_now, lock_end
from machiya.backup.vault.errors import PlaceTaken, RenewalFailed, SnapshotChanged
from machiya.backup.vault.model import Expected, ManifestRecord, ObjectVersion, Spooled, VaultRules, manifest_key
from machiya.backup.vault.ports import Packing, VaultIndex, VaultStore
from machiya.backup.vault.renewal import GoneVersions, renew_all
from machiya.backup.vault.uploading import PackUploads, store_locked
from machiya.core.clock import Clock
from machiya.core.progress import Progress

_HALF = 2
_UNFINISHED = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a run did; ``published`` is False where the manifest was there already and only locks were renewed."""

    snapshot: SnapshotName
    manifest: ObjectVersion
    locked_until: datetime
    published: bool
    packs: int
    new_packs: int
    uploaded_bytes: int
    totals: Totals


class VaultSync:
    """Puts snapshots into a vault."""

    def __init__(self, store: VaultStore, index: VaultIndex, packing: Packing, clock: Clock, rules: VaultRules) -> None:
        self._store, self._index, self._packing, self._clock, self._rules = store, index, packing, clock, rules

    def run(self, snapshot: Snapshot, progress: Progress) -> Synced:
        """Put one snapshot into the vault; what is there already is not uploaded again.

        Raises:
            ClockSkew, RenewalFailed, VersionGone, NotLocked, SnapshotChanged, VaultUnavailable: no manifest was
                published; another run goes on from here.
        """
        self._packing.clean()
        now = agreed_now(self._store, self._clock)
        until = lock_end(now, snapshot.header.taken_at, self._rules.lock_days)
        if self._store.locks:
            self._store.abort_unfinished(now - _UNFINISHED)
        self._require_place(snapshot.header.house, progress)
        done = self._published(snapshot)
        if done is not None:
            return self._renewed(done, snapshot, until, progress)
        renewed = self._renew(self._index.expect(_contents(snapshot)), until, progress)
        with PackUploads(self._store, self._index, self._packing, self._rules, until) as uploads:
            self._upload(snapshot, uploads, progress)
        return self._publish(snapshot, until, renewed, uploads)

    def _require_place(self, house: str, progress: Progress) -> None:
        """A new index is filled first. Where others are and this house never was, it does not begin."""
        if not is_learned(self._index):
            Catalogue(self._store, self._index, self._packing, house).refresh(progress)
        houses = [one.house for one in self._index.manifests()]
        if houses and house not in houses:
            raise PlaceTaken(
                f"{self._store.name} is the vault of another house: {houses[0]}",
                hint="Give this one a place of its own: vault.prefix, or another folder or bucket.",
            )

    def _published(self, snapshot: Snapshot) -> ManifestRecord | None:
        for one in self._index.manifests():
            if (one.snapshot, one.taken_at, one.own) == (snapshot.name, snapshot.header.taken_at, True):
                return one
        return None

    def _renewed(self, done: ManifestRecord, snapshot: Snapshot, until: datetime, progress: Progress) -> Synced:
        packs = self._index.packs_of(done.object)
        self._renew_or_forget([*packs, done.object], until, progress)
        return Synced(snapshot.name, done.object, until, False, len(packs), 0, 0, snapshot.totals)  # noqa: FBT003 – a record

    def _renew(self, expected: Expected, until: datetime, progress: Progress) -> set[ObjectVersion]:
        """Packs of which the snapshot needs less than half are left to expire: what it needs is packed anew."""
        thin = {one.pack for one in expected.packs if one.needed_bytes * _HALF < one.content_bytes}
        kept = {one.pack for one in expected.packs} - thin
        self._index.expect_again(thin)
        self._renew_or_forget(kept, until, progress)
        return kept

    def _renew_or_forget(
        self, items: "set[ObjectVersion] | list[ObjectVersion]", until: datetime, progress: Progress
    ) -> None:
        try:
            renew_all(self._store, items, until, self._rules.parallel, progress)
        except GoneVersions as error:
            for item in error.items:
                self._index.forget(item)
            error.hint = (
                "No manifest was published. Whoever deleted it could get past its lock or waited for its end: look at "
                "the bucket. Run machiya vault sync again: what was in it is uploaded anew."
            )
            raise

    def _upload(self, snapshot: Snapshot, uploads: PackUploads, progress: Progress) -> None:
        done = 0
        for entry in snapshot.entries():
            if entry.type is EntryType.FILE and self._index.take_missing(entry.sha256):
                try:
                    with snapshot.open(entry.path) as content:
                        uploads.add(entry.sha256, entry.size, content)
                except SnapshotChanged as error:
                    name = entry.path.decode(errors="backslashreplace")
                    raise SnapshotChanged(f"{name} of {snapshot.name}: {error.message}", hint=error.hint) from error
                done += entry.size
                progress.step("upload", done, unit="bytes")
        uploads.finish()

    def _publish(
        self, snapshot: Snapshot, until: datetime, renewed: set[ObjectVersion], uploads: PackUploads
    ) -> Synced:
        locked = renewed | uploads.stored
        spooled, totals, used = self._manifest(snapshot)
        try:
            if used - locked:
                missing = min(used - locked)
                raise RenewalFailed(
                    f"{missing} is needed but its lock was not renewed", hint="Run machiya vault sync again."
                )
            key = manifest_key(snapshot.name, snapshot.header.taken_at, spooled)
            item = store_locked(self._store, key, spooled, until)
        finally:
            spooled.path.unlink(missing_ok=True)
        stored_at = self._store.now()
        record = ManifestRecord(
            item,
            snapshot.name,
            snapshot.header.taken_at,
            stored_at,
            totals.entries,
            totals.size_bytes,
            own=True,
            house=snapshot.header.house,
        )
        self._index.add_manifest(record, used)
        sizes = len(used), len(uploads.stored), uploads.uploaded_bytes
        return Synced(snapshot.name, item, until, True, *sizes, totals)  # noqa: FBT003 – a record

    def _manifest(self, snapshot: Snapshot) -> tuple[Spooled, Totals, set[ObjectVersion]]:
        """The same snapshot in the same packs gives the same bytes: a run that was stopped publishes no second one."""
        sink, used = self._packing.lines(), set[ObjectVersion]()
        try:
            writer = ManifestWriter(sink.write, snapshot.header)
            for entry in snapshot.entries():
                placement = self._placement(entry.sha256) if entry.type is EntryType.FILE else None
                if placement is not None:
                    used.add(ObjectVersion(placement.pack, placement.version))
                writer.add(entry, placement)
            totals = writer.finish()
            return sink.finish(), totals, used
        except BaseException:
            sink.discard()
            raise

    def _placement(self, sha256: str) -> Placement:
        found = self._index.find(sha256)
        if found is None:
            raise RenewalFailed(
                f"content {sha256} is in no pack", hint="The snapshot changed meanwhile: run machiya vault sync again."
            )
        return found


def _contents(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    return ((entry.sha256, entry.size) for entry in snapshot.entries() if entry.type is EntryType.FILE)
