"""What the vault holds, what is locked and until when, and what it costs; read from the store, not from memory."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from machiya.backup.vault.catalogue import Catalogue
from machiya.backup.vault.errors import VersionGone
from machiya.backup.vault.expiry import kept, trusted
from machiya.backup.vault.model import MANIFESTS, PACKS, ManifestRecord, ObjectVersion, VaultRules
from machiya.backup.vault.ports import Packing, VaultIndex, VaultStore
from machiya.core.progress import Progress

_GB = 1_000_000_000
_NIGHTS = 30
_PER_RENEWAL = 2  # requests that only read: the lock before and after


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars; what the bucket's region asks for."""

    gigabyte_month: float
    thousand_writes: float
    thousand_reads: float


@dataclass(frozen=True, slots=True)
class SnapshotState:
    """One snapshot in the vault.

    Args:
        locked_until: the earliest end of a lock of anything that it needs; None: something is not locked.
        missing: versions that it needs and that are not there.
    """

    record: ManifestRecord
    packs: int
    locked_until: datetime | None
    missing: tuple[ObjectVersion, ...]

    @property
    def restorable(self) -> bool:
        """Everything that it needs is there."""
        return not self.record.fault and not self.missing


@dataclass(frozen=True, slots=True)
class VaultState:
    """The vault now.

    Args:
        stored_bytes: of all versions, hidden ones too: they are paid for.
        month_dollars: estimated from the price table.
    """

    name: str
    locks: bool
    now: datetime
    snapshots: tuple[SnapshotState, ...]
    stored_bytes: int
    month_dollars: float
    alert_days: int

    @property
    def newest(self) -> SnapshotState | None:
        """The newest snapshot of this house."""
        own = [one for one in self.snapshots if one.record.own or one.record.adopted]
        return next(iter(own or self.snapshots), None)

    @property
    def smallest_lock(self) -> timedelta | None:
        """What remains of the shortest lock that the newest snapshot needs; None: something is not locked."""
        newest = self.newest
        return newest.locked_until - self.now if newest and newest.locked_until else None

    @property
    def alarming(self) -> str:
        """Why somebody has to look; empty: all is well."""
        if self.newest is None:
            return "the vault holds no snapshot"
        incomplete = [one for one in self.snapshots if one.missing]
        for lost in (self.newest, *incomplete):
            if not lost.restorable:
                return f"{lost.record.snapshot} cannot be restored"
        if not self.locks:
            return ""
        left = self.smallest_lock
        if left is None or left < timedelta(days=self.alert_days):
            days = f"only {max(left.days, 0)} days" if left is not None else "not at all"
            return f"what {self.newest.record.snapshot} needs is locked {days}; it should be {self.alert_days} or more"
        return ""

    def off_for(self, days: int) -> tuple[int, int]:
        """How many snapshots were still locked whole if the house stayed off for so long from now; and of how many."""
        end = self.now + timedelta(days=days)
        still = [one for one in self.snapshots if one.restorable and one.locked_until and one.locked_until >= end]
        return len(still), len(self.snapshots)


class VaultStatus:
    """Asks the store about every version that a kept snapshot needs."""

    def __init__(
        self, store: VaultStore, index: VaultIndex, packing: Packing, rules: VaultRules, prices: Prices
    ) -> None:
        self._store, self._index, self._packing, self._rules, self._prices = store, index, packing, rules, prices

    def read(self, progress: Progress) -> VaultState:
        """The whole of it."""
        now = self._store.now()
        records = Catalogue(self._store, self._index, self._packing, self._rules.house).refresh(progress)
        keep = kept(records, self._rules, now)
        needs = {one.object: (*self._index.packs_of(one.object), one.object) for one in keep}
        locks = self._locks({item for items in needs.values() for item in items}, progress)
        states = [_state(one, needs[one.object], locks) for one in keep]
        states += [SnapshotState(one, 0, None, ()) for one in records if one.fault]
        newest = next((one for one in states if one.record in trusted(records)), None)
        sizes = [one.size_bytes for prefix in (PACKS, MANIFESTS) for one in self._store.versions(prefix)]
        cost = self._cost(sum(sizes), newest.packs if newest else 0)
        return VaultState(
            self._store.name, self._store.locks, now, tuple(states), sum(sizes), cost, self._rules.alert_days
        )

    def _locks(self, items: set[ObjectVersion], progress: Progress) -> "dict[ObjectVersion, datetime | str | None]":
        found: dict[ObjectVersion, datetime | str | None] = {}
        with ThreadPoolExecutor(self._rules.parallel) as pool:
            for done, (item, lock) in enumerate(pool.map(self._lock, items), start=1):
                found[item] = lock
                progress.step("locks", done, len(items))
        return found

    def _lock(self, item: ObjectVersion) -> "tuple[ObjectVersion, datetime | str | None]":
        try:
            return item, self._store.locked_until(item)
        except VersionGone:
            return item, "gone"

    def _cost(self, stored_bytes: int, packs: int) -> float:
        """Storage, and the nightly renewal of what the newest snapshot needs."""
        prices, requests = self._prices, packs * _NIGHTS / 1000
        return (
            stored_bytes / _GB * prices.gigabyte_month
            + requests * prices.thousand_writes
            + requests * _PER_RENEWAL * prices.thousand_reads
        )


def _state(
    record: ManifestRecord, items: Iterable[ObjectVersion], locks: "dict[ObjectVersion, datetime | str | None]"
) -> SnapshotState:
    found = {item: locks[item] for item in items}
    ends = [lock for lock in found.values() if isinstance(lock, datetime)]
    missing = tuple(item for item, lock in found.items() if isinstance(lock, str))
    until = min(ends) if len(ends) == len(found) else None
    return SnapshotState(record, len(found) - 1, until, missing)


def renewed_for(
    index: VaultIndex, records: Iterable[ManifestRecord], rules: VaultRules, now: datetime
) -> set[ObjectVersion]:
    """Everything that the kept snapshots of this house need."""
    keep = trusted(kept(records, rules, now))
    return {item for one in keep for item in (*index.packs_of(one.object), one.object)}
