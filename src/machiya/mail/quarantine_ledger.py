"""The ledger's side of the quarantine: claiming what is to be released, and writing what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from machiya.core.addresses import EmailAddress
from machiya.core.errors import NotFound
from machiya.mail.answers import BUSY
from machiya.mail.ledger import Claim
from machiya.mail.model import (
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

_WAITING = frozenset({EntryState.QUARANTINED, EntryState.DELIVERING})


def claim_quarantined(
    ledger: Ledger, item: Quarantined, now: datetime, lease: timedelta, only: Collection[EmailAddress] = ()
) -> Claim:
    """Take the lease for each mailbox whose copy is in the quarantine; the delivery itself stays QUARANTINED.

    ``only``: for these mailboxes, if it names any.

    Raises:
        NotFound: it was released or deleted meanwhile.
    """
    record = ledger.delivery(item.delivery_id)
    if record is None or record.state is not DeliveryState.QUARANTINED:
        raise _gone(item)
    entries = ledger.entries(item.delivery_id)
    if any(entry.state is EntryState.DELIVERING and entry.lease_until > now for entry in entries):
        return Claim(record, answer=BUSY)
    entries = tuple(entry for entry in entries if not only or entry.mailbox in only)
    fresh = tuple(entry.mailbox for entry in entries if entry.state is EntryState.QUARANTINED)
    unsure = tuple(entry.mailbox for entry in entries if entry.state is EntryState.DELIVERING)
    if only and not fresh and not unsure:
        raise _gone(item)
    _save(ledger, record, dict.fromkeys((*fresh, *unsure), EntryState.DELIVERING), now + lease, now)
    return Claim(record, fresh=fresh, unsure=unsure)


def _gone(item: Quarantined) -> NotFound:
    return NotFound(f"{item.delivery_id} is not in the quarantine any more", hint="machiya trace tells its journey.")


def put_back(ledger: Ledger, taken: Claim, now: datetime) -> None:
    """The store certainly took nothing: as before the claim, and what was unsure stays so."""
    _save(ledger, taken.record, dict.fromkeys(taken.fresh, EntryState.QUARANTINED), now, now)
    _save(ledger, taken.record, dict.fromkeys(taken.unsure, EntryState.DELIVERING), now, now)


def settle_release(
    ledger: Ledger,
    record: DeliveryRecord,
    item: Quarantined,
    outcomes: Mapping[EmailAddress, StoreOutcome],
    events: Sequence[TraceEvent],
) -> bool:
    """Write what became of each mailbox; the row goes when no copy is left in the quarantine. Whether it went."""
    now = record.updated_at
    for mailbox, outcome in outcomes.items():
        stored = outcome.status is StoreStatus.STORED
        state = EntryState.STORED if stored else EntryState.QUARANTINED
        _save(ledger, record, {mailbox: state}, now, now, outcome.detail)
    left = tuple(entry.mailbox for entry in ledger.entries(item.delivery_id) if entry.state in _WAITING)
    if left:
        ledger.add_quarantined(replace(item, mailboxes=left))
        ledger.update_delivery(record)
    else:
        ledger.remove_quarantined(record.delivery_id)
        ledger.update_delivery(replace(record, state=DeliveryState.DELIVERED, reason=""))
    ledger.add_events(events)
    return not left


def settle_deletion(
    ledger: Ledger,
    record: DeliveryRecord,
    outcomes: Mapping[EmailAddress, StoreOutcome],
    events: Sequence[TraceEvent],
) -> None:
    """Nothing is kept any more: a mailbox that is STORED has its copy, the others get none."""
    now = record.updated_at
    for mailbox, outcome in outcomes.items():
        stored = outcome.status is StoreStatus.STORED
        state = EntryState.STORED if stored else EntryState.FAILED
        _save(ledger, record, {mailbox: state}, now, now, outcome.detail)
    ledger.update_delivery(record)
    ledger.remove_quarantined(record.delivery_id)
    ledger.add_events(events)


def _save(
    ledger: Ledger,
    record: DeliveryRecord,
    states: Mapping[EmailAddress, EntryState],
    lease_until: datetime,
    now: datetime,
    detail: str = "",
) -> None:
    ledger.save_entries(
        [LedgerEntry(record.delivery_id, mailbox, state, lease_until, now, detail) for mailbox, state in states.items()]
    )
