"""What the vault may let go: manifests out of retention, and packs that no kept snapshot needs. Markers only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from machiya.backup.model import Rota, SnapshotName
from machiya.backup.vault.catalogue import Catalogue
from machiya.backup.vault.clocks import agreed_now
from machiya.backup.vault.model import PACKS, ManifestRecord, VaultRules
from machiya.backup.vault.ports import Packing, VaultIndex, VaultStore
from machiya.core.clock import Clock
from machiya.core.progress import Progress

_SETTLED = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Collected:
    """What was let go, or would be."""

    manifests: tuple[ManifestRecord, ...]
    packs: tuple[str, ...]
    size_bytes: int


def kept(records: Iterable[ManifestRecord], rules: VaultRules, now: datetime) -> tuple[ManifestRecord, ...]:
    """The newest daily and weekly snapshots, and whatever the vault got within ``lock_days``.

    Only those of this house are counted, so that any number of forged ones pushes no true one out; the second rule
    holds that up after the house has lost its memory, until the locks end.
    """
    whole = sorted((one for one in records if not one.fault), key=lambda one: one.taken_at, reverse=True)
    counted = trusted(whole)
    names = _newest(counted, Rota.DAILY, rules.keep_daily) | _newest(counted, Rota.WEEKLY, rules.keep_weekly)
    young = now - timedelta(days=rules.lock_days)
    return tuple(one for one in whole if one.snapshot in names or one.stored_at >= young)


def trusted(records: Sequence[ManifestRecord]) -> tuple[ManifestRecord, ...]:
    """Those that this house remembers having published; after a loss of its memory, all that are whole."""
    whole = tuple(one for one in records if not one.fault)
    return tuple(one for one in whole if one.own) or whole


def _newest(whole: Sequence[ManifestRecord], rota: Rota, count: int) -> set[SnapshotName]:
    names = dict.fromkeys(one.snapshot for one in whole if one.snapshot.rota is rota)
    return set(list(names)[:count])


class Expiry:
    """Lets go of what no kept snapshot needs."""

    def __init__(self, store: VaultStore, index: VaultIndex, packing: Packing, clock: Clock, rules: VaultRules) -> None:
        self._store, self._index, self._packing, self._clock, self._rules = store, index, packing, clock, rules

    def run(self, progress: Progress, *, dry: bool = False) -> Collected:
        """Manifests first, so that none is left whose packs are gone; then packs.

        Packs of the last two days stay: a sync that was stopped goes on with them.

        Raises:
            ClockSkew, VaultUnavailable: nothing, or only a part, was let go.
        """
        now = agreed_now(self._store, self._clock)
        records = Catalogue(self._store, self._index, self._packing).refresh(progress)
        keep = kept(records, self._rules, now)
        gone = tuple(one for one in records if one not in keep and not one.fault)
        packs = self._unneeded(keep, now)
        if not dry:
            self._hide_manifests(gone)
            self._hide_packs(packs, progress)
        return Collected(gone, tuple(packs), sum(packs.values()))

    def _unneeded(self, keep: Sequence[ManifestRecord], now: datetime) -> dict[str, int]:
        needed = {pack.key for one in keep for pack in self._index.packs_of(one.object)}
        return {
            one.object.key: one.size_bytes
            for one in self._store.versions(PACKS)
            if one.latest and one.object.key not in needed and one.stored_at < now - _SETTLED
        }

    def _hide_manifests(self, gone: Sequence[ManifestRecord]) -> None:
        seen = {one.object.key for one in gone}
        for one in list(self._store.versions("manifests/")):
            if one.latest and one.object.key in seen:
                self._store.hide(one.object.key)

    def _hide_packs(self, packs: dict[str, int], progress: Progress) -> None:
        """Forgotten before hidden: a content is uploaded again rather than believed to be in a pack that goes."""
        versions = [one.object for one in self._store.versions(PACKS) if one.object.key in packs]
        for item in versions:
            self._index.forget(item)
        for done, key in enumerate(packs, start=1):
            self._store.hide(key)
            progress.step("expire", done, len(packs))
