"""Exactly once in effect: claiming a delivery before storing it, settling it afterwards.

The key is (delivery id, mailbox). A ``delivering`` row with a lease is committed before the store is touched. Whoever
finds an expired lease first asks the store whether it has the delivery.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from machiya.core.addresses import EmailAddress
from machiya.core.errors import Conflict
from machiya.mail.answers import ALREADY, BUSY, MISMATCH, Answer
from machiya.mail.model import (
    TAKEN_STATES,
    DeliveryRecord,
    DeliveryState,
    EntryState,
    LedgerEntry,
    Quarantined,
    StoreOutcome,
    StoreStatus,
    TraceEvent,
)
from machiya.mail.ports import Ledger


@dataclass(frozen=True, slots=True)
class Claim:
    """What is left to do: ``answer`` set means nothing; else store in ``fresh`` and ask the store about ``unsure``."""

    record: DeliveryRecord
    answer: Answer | None = None
    fresh: tuple[EmailAddress, ...] = ()
    unsure: tuple[EmailAddress, ...] = ()
    stored: tuple[EmailAddress, ...] = ()


def claim(ledger: Ledger, record: DeliveryRecord, mailboxes: Sequence[EmailAddress], lease: timedelta) -> Claim:
    """Take the lease for each mailbox that has no copy yet; ``record`` describes this attempt."""
    now = record.updated_at
    known = ledger.delivery(record.delivery_id)
    if known is None:
        try:
            ledger.add_delivery(record)
        except Conflict:
            return Claim(record, answer=BUSY)
        _lease(ledger, record, mailboxes, now + lease)
        return Claim(record, fresh=tuple(mailboxes))
    if known.md5 != record.md5:
        return Claim(known, answer=MISMATCH)
    return _claim_again(ledger, _next_attempt(known, record), mailboxes, lease)


def _next_attempt(known: DeliveryRecord, record: DeliveryRecord) -> DeliveryRecord:
    return replace(known, attempts=known.attempts + 1, updated_at=record.updated_at)


def _claim_again(ledger: Ledger, record: DeliveryRecord, mailboxes: Sequence[EmailAddress], lease: timedelta) -> Claim:
    now = record.updated_at
    if record.state in TAKEN_STATES:
        return Claim(record, answer=ALREADY)
    entries = {entry.mailbox: entry for entry in ledger.entries(record.delivery_id)}
    if any(entry.state is EntryState.DELIVERING and entry.lease_until > now for entry in entries.values()):
        return Claim(record, answer=BUSY)
    stored = tuple(mailbox for mailbox in mailboxes if _is(entries.get(mailbox), *_ENTRY_STATES.values()))
    unsure = tuple(mailbox for mailbox in mailboxes if _is(entries.get(mailbox), EntryState.DELIVERING))
    fresh = tuple(mailbox for mailbox in mailboxes if mailbox not in {*stored, *unsure})
    ledger.update_delivery(replace(record, state=DeliveryState.PENDING, reason=""))
    _lease(ledger, record, (*fresh, *unsure), now + lease)
    return Claim(record, fresh=fresh, unsure=unsure, stored=stored)


def _is(entry: LedgerEntry | None, *states: EntryState) -> bool:
    return entry is not None and entry.state in states


def _lease(ledger: Ledger, record: DeliveryRecord, mailboxes: Sequence[EmailAddress], until: datetime) -> None:
    ledger.save_entries(
        [
            LedgerEntry(record.delivery_id, mailbox, EntryState.DELIVERING, until, record.updated_at)
            for mailbox in mailboxes
        ]
    )


def settle(
    ledger: Ledger,
    record: DeliveryRecord,
    outcomes: Mapping[EmailAddress, StoreOutcome],
    events: Sequence[TraceEvent],
    now: datetime,
    quarantined: Quarantined | None = None,
) -> None:
    """Write what became of each mailbox; ``record`` carries the final state of the delivery as a whole."""
    ledger.save_entries(
        [
            LedgerEntry(record.delivery_id, mailbox, _entry_state(outcome), now, now, outcome.detail)
            for mailbox, outcome in outcomes.items()
        ]
    )
    ledger.update_delivery(record)
    ledger.add_events(events)
    if quarantined:
        ledger.add_quarantined(quarantined)


_ENTRY_STATES = {StoreStatus.STORED: EntryState.STORED, StoreStatus.QUARANTINED: EntryState.QUARANTINED}


def _entry_state(outcome: StoreOutcome) -> EntryState:
    return _ENTRY_STATES.get(outcome.status, EntryState.FAILED)


def release(ledger: Ledger, taken: Claim, events: Sequence[TraceEvent], now: datetime) -> None:
    """Give the leases back after an attempt that failed as a whole: the next one may come at once and asks first."""
    _lease(ledger, replace(taken.record, updated_at=now), (*taken.fresh, *taken.unsure), now)
    ledger.update_delivery(replace(taken.record, updated_at=now))
    ledger.add_events(events)


def bury(
    ledger: Ledger, record: DeliveryRecord, events: Callable[[DeliveryRecord], Sequence[TraceEvent]]
) -> Answer | None:
    """Write a dead delivery and its ``events``.

    An answer instead if it was delivered earlier, is being delivered, or has other bytes.
    """
    known = ledger.delivery(record.delivery_id)
    if known is None:
        try:
            ledger.add_delivery(record)
        except Conflict:
            return BUSY
        ledger.add_events(events(record))
        return None
    if known.md5 != record.md5:
        return MISMATCH
    if known.state in TAKEN_STATES:
        return ALREADY
    leases = (entry for entry in ledger.entries(record.delivery_id) if entry.state is EntryState.DELIVERING)
    if any(entry.lease_until > record.updated_at for entry in leases):
        return BUSY
    dead = replace(_next_attempt(known, record), state=DeliveryState.DEAD, reason=record.reason)
    ledger.update_delivery(dead)
    ledger.add_events(events(dead))
    return None
