"""Edge, ledger and store held against each other: "N in, N delivered, or these"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from machiya.core.clock import Clock
from machiya.core.identifiers import DeliveryId
from machiya.mail.edge import DeadLetter, EdgeState
from machiya.mail.model import DeliveryRecord, DeliveryState, EntryState
from machiya.mail.ports import EdgeBook, MailStore, TraceReader

SETTLING = timedelta(minutes=10)
STORE_CHECKS = 1000


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One delivery that is not simply delivered; ``alarming`` if a message may be lost."""

    delivery_id: DeliveryId
    what: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """``accepted``: the edge's receipts; ``delivered``, ``dead``: the ledger's rows; ``held``: the edge's spool."""

    since: datetime
    accepted: int
    delivered: int
    dead: int
    held: int
    discrepancies: tuple[Discrepancy, ...]

    @property
    def in_order(self) -> bool:
        """No message may be lost."""
        return not any(found.alarming for found in self.discrepancies)


async def reconcile(
    *, book: EdgeBook, trace: TraceReader, store: MailStore, clock: Clock, since: datetime
) -> Reconciliation:
    """Compare what the edge accepted since then with the ledger, and the ledger with the store.

    Raises:
        StoreUnavailable: the store could not say what it has.
    """
    state, counts = book.state(), trace.counts(since)
    spool = _Spool.of(state, book.dead_letters())
    found = [*_lost(book, spool, clock, since), *_stuck(trace, clock), *await _vanished(trace, store, since)]
    return Reconciliation(
        since=since,
        accepted=book.accepted_count(since),
        delivered=counts.get(DeliveryState.DELIVERED, 0),
        dead=counts.get(DeliveryState.DEAD, 0),
        held=state.held if state else 0,
        discrepancies=tuple(found),
    )


@dataclass(frozen=True, slots=True)
class _Spool:
    """What the edge says it has: two lists, oldest first, each perhaps cut off after its newest entry."""

    listed: frozenset[DeliveryId]
    cut_after: tuple[DeliveryId, ...]

    @classmethod
    def of(cls, state: EdgeState | None, dead: Sequence[DeadLetter]) -> "_Spool":
        if state is None:
            return cls(frozenset(), ())
        dead_ids = [letter.delivery_id for letter in dead]
        lists = ((list(state.held_ids), state.held_more), (dead_ids, state.dead_count > len(dead_ids)))
        cuts = tuple(max(ids, default=DeliveryId("")) for ids, cut in lists if cut)
        return cls(frozenset([*state.held_ids, *dead_ids]), cuts)

    def lacks(self, delivery_id: DeliveryId) -> bool:
        """Certainly not at the edge: not listed, and not behind the end of a list that was cut."""
        return delivery_id not in self.listed and not any(delivery_id > cut for cut in self.cut_after)


def _lost(book: EdgeBook, spool: _Spool, clock: Clock, since: datetime) -> list[Discrepancy]:
    """Accepted at the edge, never seen here; alarming where the edge does not hold it any more."""
    unknown = book.accepted_without_delivery(clock.now() - SETTLING, since)
    return [
        Discrepancy(delivery_id, "accepted at the edge, not held there, never came home", spool.lacks(delivery_id))
        for delivery_id in unknown
        if delivery_id not in spool.listed
    ]


def _stuck(trace: TraceReader, clock: Clock) -> list[Discrepancy]:
    late = clock.now() - SETTLING
    return [
        Discrepancy(record.delivery_id, f"not delivered yet after {record.attempts} attempts: {record.reason}")
        for record in trace.unfinished()
        if record.first_seen_at < late
    ]


async def _vanished(trace: TraceReader, store: MailStore, since: datetime) -> list[Discrepancy]:
    """In the ledger but not in the store: its owner may have deleted it, so this is told, not alarmed."""
    found: list[Discrepancy] = []
    for record in trace.search("", since=since, limit=STORE_CHECKS):
        if record.state is DeliveryState.DELIVERED:
            found += await _missing_copies(trace, store, record)
    return found


async def _missing_copies(trace: TraceReader, store: MailStore, record: DeliveryRecord) -> list[Discrepancy]:
    return [
        Discrepancy(record.delivery_id, f"stored for {entry.mailbox}, not there now (deleted by its owner?)")
        for entry in trace.entries(record.delivery_id)
        if entry.state is EntryState.STORED and not await store.contains(record.delivery_id, entry.mailbox)
    ]
