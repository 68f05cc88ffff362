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
    whole = sorted(_whole(records), key=lambda one: one.taken_at, reverse=True)
    counted = trusted(whole)
    names = _newest(counted, Rota.DAILY, rules.keep_daily) | _newest(counted, Rota.WEEKLY, rules.keep_weekly)
    young = now - timedelta(days=rules.lock_days)
    return tuple(one for one in whole if one.snapshot in names or one.stored_at >= young)


def trusted(records: Sequence[ManifestRecord]) -> tuple[ManifestRecord, ...]:
    """Those that this house remembers having published or found when it made its index; else all that are whole."""
    whole = _whole(records)
    return tuple(one for one in whole if one.own or one.adopted) or whole


def is_replaced(records: Sequence[ManifestRecord], rules: VaultRules) -> bool:
    """What this house remembers having published fills the whole retention, so that nothing older is needed."""
    own = [one for one in _whole(records) if one.own]
    counts = {rota: len({one.snapshot for one in own if one.snapshot.rota is rota}) for rota in Rota}
    return counts[Rota.DAILY] >= rules.keep_daily and counts[Rota.WEEKLY] >= rules.keep_weekly


def _whole(records: Iterable[ManifestRecord]) -> tuple[ManifestRecord, ...]:
    return tuple(one for one in records if not one.fault and not one.foreign)


def _newest(whole: Sequence[ManifestRecord], rota: Rota, count: int) -> set[SnapshotName]:
    names = dict.fromkeys(one.snapshot for one in whole if one.snapshot.rota is rota)
    return set(list(names)[:count])


class Expiry:
    """Lets go of what no kept snapshot needs."""

    def __init__(self, store: VaultStore, index: VaultIndex, packing: Packing, clock: Clock, rules: VaultRules) -> None:
        self._store, self._index, self._packing, self._clock, self._rules = store, index, packing, clock, rules

    def run(self, progress: Progress, *, dry: bool = False) -> Collected:
        """Manifests first, so that none is left whose packs are gone; then packs.

        Only what this house published for sure goes; what it found when its index was made, once its own fill the
        retention. What anybody else put there stays, with its packs.

        Packs of the last two days stay: a sync that was stopped goes on with them.

        Raises:
            ClockSkew, VaultUnavailable: nothing, or only a part, was let go.
        """
        now = agreed_now(self._store, self._clock)
        records = Catalogue(self._store, self._index, self._packing, self._rules.house).refresh(progress)
        keep, replaced = set(kept(records, self._rules, now)), is_replaced(records, self._rules)
        over = [one for one in records if one not in keep and not one.fault]
        gone = tuple(one for one in over if one.own or (one.adopted and replaced and not one.foreign))
        packs = self._unneeded([one for one in records if one not in gone], now)
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
