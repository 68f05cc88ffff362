"""The ledger in memory, with the same contract as the database (tests/contract/test_ledger.py)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from machiya.core.addresses import EmailAddress
from machiya.core.errors import Conflict, InvalidAddress, NotFound, Unavailable
from machiya.core.identifiers import DeliveryId
from machiya.mail.model import DeliveryRecord, DeliveryState, EntryState, LedgerEntry, Quarantined, TraceEvent
from machiya.mail.ports import Ledger

T = TypeVar("T")


@dataclass
class LedgerData:
    """All rows; share one between ``FakeLedgerTransactions``, ``FakeTraceReader`` and ``FakeEdgeBook``."""

    deliveries: dict[DeliveryId, DeliveryRecord] = field(default_factory=dict)
    entries: dict[tuple[DeliveryId, EmailAddress], LedgerEntry] = field(default_factory=dict)
    events: list[TraceEvent] = field(default_factory=list)
    quarantine: dict[DeliveryId, Quarantined] = field(default_factory=dict)

    def copy(self) -> "LedgerData":
        return LedgerData(dict(self.deliveries), dict(self.entries), list(self.events), dict(self.quarantine))

    def become(self, other: "LedgerData") -> None:
        self.deliveries, self.entries, self.events = other.deliveries, other.entries, other.events
        self.quarantine = other.quarantine

    def entries_of(self, delivery_id: DeliveryId) -> tuple[LedgerEntry, ...]:
        found = [entry for (owner, _), entry in self.entries.items() if owner == delivery_id]
        return tuple(sorted(found, key=lambda entry: str(entry.mailbox)))


class FakeLedger:
    """``Ledger`` on plain dictionaries."""

    def __init__(self, data: LedgerData) -> None:
        self.data = data

    def delivery(self, delivery_id: DeliveryId) -> DeliveryRecord | None:
        return self.data.deliveries.get(delivery_id)

    def entries(self, delivery_id: DeliveryId) -> tuple[LedgerEntry, ...]:
        return self.data.entries_of(delivery_id)

    def add_delivery(self, record: DeliveryRecord) -> None:
        if record.delivery_id in self.data.deliveries:
            raise Conflict(f"delivery {record.delivery_id} is in the ledger already")
        self.data.deliveries[record.delivery_id] = record

    def update_delivery(self, record: DeliveryRecord) -> None:
        if record.delivery_id not in self.data.deliveries:
            raise NotFound(f"delivery {record.delivery_id} is not in the ledger")
        self.data.deliveries[record.delivery_id] = record

    def save_entries(self, entries: Sequence[LedgerEntry]) -> None:
        self.data.entries.update({(entry.delivery_id, entry.mailbox): entry for entry in entries})

    def add_events(self, events: Sequence[TraceEvent]) -> None:
        self.data.events.extend(events)

    def add_quarantined(self, item: Quarantined) -> None:
        self.data.quarantine[item.delivery_id] = item

    def remove_quarantined(self, delivery_id: DeliveryId) -> None:
        self.data.quarantine.pop(delivery_id, None)

    def expire_leases(self, moment: datetime) -> int:
        live = {
            key: replace(entry, lease_until=moment)
            for key, entry in self.data.entries.items()
            if entry.state is EntryState.DELIVERING and entry.lease_until > moment
        }
        self.data.entries.update(live)
        return len(live)


@dataclass
class FakeLedgerTransactions:
    """``LedgerTransactions``; set ``ill`` and nothing is taken any more."""

    data: LedgerData = field(default_factory=LedgerData)
    ill: bool = False
    runs: int = 0
    closed: bool = False

    async def run(self, work: Callable[[Ledger], T]) -> T:
        if self.ill or self.closed:
            raise Unavailable("the fake ledger is ill", hint="make it well")
        self.runs += 1
        trial = self.data.copy()
        result = work(FakeLedger(trial))
        self.data.become(trial)
        return result

    def close(self) -> None:
        self.closed = True


def _canonical(address: str) -> str:
    try:
        return str(EmailAddress.parse(address))
    except (InvalidAddress, UnicodeError):
        return address.lower()


@dataclass
class FakeQuarantineBook:
    """``QuarantineBook`` over the same rows."""

    data: LedgerData = field(default_factory=LedgerData)

    def items(self) -> tuple[Quarantined, ...]:
        found = sorted(self.data.quarantine.values(), key=lambda item: (item.quarantined_at, item.delivery_id))
        return tuple(reversed(found))


@dataclass
class FakeTraceReader:
    """``TraceReader`` over the same rows."""

    data: LedgerData = field(default_factory=LedgerData)

    def search(self, query: str, *, since: datetime | None, limit: int) -> tuple[DeliveryRecord, ...]:
        found = [
            record
            for record in self.data.deliveries.values()
            if (not query or self._matches(record, query.strip().strip("<>")))
            and (since is None or record.first_seen_at >= since)
        ]
        found.sort(key=lambda record: (record.first_seen_at, record.delivery_id), reverse=True)
        return tuple(found[:limit])

    def _matches(self, record: DeliveryRecord, query: str) -> bool:
        address = _canonical(query)
        mailboxes = {str(entry.mailbox) for entry in self.data.entries_of(record.delivery_id)}
        envelope = {_canonical(record.sender), _canonical(record.recipient)}
        return record.delivery_id == query.lower() or record.message_id == query or address in envelope | mailboxes

    def events(self, delivery_id: DeliveryId) -> tuple[TraceEvent, ...]:
        return tuple(event for event in self.data.events if event.delivery_id == delivery_id)

    def entries(self, delivery_id: DeliveryId) -> tuple[LedgerEntry, ...]:
        return self.data.entries_of(delivery_id)

    def unfinished(self) -> tuple[DeliveryRecord, ...]:
        found = [record for record in self.data.deliveries.values() if record.state is DeliveryState.PENDING]
        found.sort(key=lambda record: (record.first_seen_at, record.delivery_id))
        return tuple(found[:500])

    def counts(self, since: datetime) -> Mapping[str, int]:
        seen = (record for record in self.data.deliveries.values() if record.first_seen_at >= since)
        return dict(Counter(str(record.state) for record in seen))
