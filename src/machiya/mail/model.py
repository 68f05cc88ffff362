"""What the room talks about: an inbound message, its ledger rows and the events of its journey."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the edge was told: ``sender`` is empty for the null sender; both strings are as received."""

    sender: str
    recipient: str
    accepted_at: datetime
    size_bytes: int


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message for one envelope recipient, bytes as the stranger sent them (CRLF lines)."""

    delivery_id: DeliveryId
    envelope: Envelope
    md5: str
    content: bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a store is given: ``prefix`` (our header lines, CRLF, complete), then ``content``, never changed.

    ``junk`` asks for the mailbox's Junk folder; a store that files by headers finds the same in ``prefix``.
    """

    delivery_id: DeliveryId
    sender: str
    accepted_at: datetime
    prefix: bytes
    content: bytes | bytearray | memoryview
    junk: bool = False


class StoreStatus(StrEnum):
    """What became of one delivery to one mailbox; QUARANTINED is said by the house, never by a store."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    TEMPORARY = "temporary"
    OVER_QUOTA = "over_quota"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class StoreOutcome:
    """A store's answer for one mailbox; ``detail`` holds the reply or the file name, for the trace."""

    status: StoreStatus
    detail: str = ""


class VerdictAction(StrEnum):
    """What a scan says should be done."""

    ACCEPT = "accept"
    JUNK = "junk"
    QUARANTINE = "quarantine"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A scanner's judgement; ``scanned`` is false where the owner runs without a scanner."""

    action: VerdictAction
    reasons: tuple[str, ...] = ()
    scanned: bool = True


class DeliveryState(StrEnum):
    """Where a delivery stands as a whole."""

    PENDING = "pending"
    DELIVERED = "delivered"
    QUARANTINED = "quarantined"
    DISCARDED = "discarded"
    DEAD = "dead"


TAKEN_STATES = frozenset({DeliveryState.DELIVERED, DeliveryState.QUARANTINED, DeliveryState.DISCARDED})
"""The house has the message, or had it and its owner deleted it: the edge need not keep it."""


class EntryState(StrEnum):
    """Where one mailbox's copy stands."""

    DELIVERING = "delivering"
    STORED = "stored"
    QUARANTINED = "quarantined"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """The ledger's row for a delivery id."""

    delivery_id: DeliveryId
    md5: str
    size_bytes: int
    sender: str
    recipient: str
    accepted_at: datetime
    first_seen_at: datetime
    updated_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    reason: str = ""
    message_id: str = ""
    subject: str | None = None
    header_from: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The ledger's row for (delivery id, mailbox): the key of exactly once."""

    delivery_id: DeliveryId
    mailbox: EmailAddress
    state: EntryState
    lease_until: datetime
    updated_at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One step of a message's journey; ``detail`` holds plain JSON values, never content."""

    delivery_id: DeliveryId
    at: datetime
    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that was set aside for ``mailboxes``; its bytes are in the quarantine's folder."""

    delivery_id: DeliveryId
    quarantined_at: datetime
    md5: str
    size_bytes: int
    sender: str
    recipient: str
    mailboxes: tuple[EmailAddress, ...]
    reasons: tuple[str, ...]
    header_from: str = ""
    subject: str | None = None
