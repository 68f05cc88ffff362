"""What the room says of mail on its way out: messages in the queue, what befell them, and the relay's own events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class OutgoingKind(StrEnum):
    """One step of a message that leaves a mailbox."""

    SUBMITTED = "submitted"
    QUEUED = "queued"
    STORED = "stored"
    RELAYED = "relayed"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    EXPIRED = "expired"
    REFUSED = "refused"
    HELD = "held"
    NOTIFIED = "notified"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """One step; ``key`` makes it idempotent, ``order`` sorts what happened in the same second."""

    key: str
    queue_id: str
    at: datetime
    kind: OutgoingKind
    recipient: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    order: int = 0


@dataclass(frozen=True, slots=True)
class OutgoingFacts:
    """What one line of the queue's log says; empty fields say nothing (``sender`` may truly be empty: None)."""

    queue_id: str
    at: datetime
    message_id: str = ""
    sender: str | None = None
    login: str = ""
    size_bytes: int = 0
    event: OutgoingEvent | None = None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message in or once in the queue; ``login`` is who submitted it, ``sender`` empty for a notice."""

    queue_id: str
    first_seen_at: datetime
    message_id: str = ""
    sender: str = ""
    login: str = ""
    size_bytes: int = 0


def merged(known: Mapping[str, OutgoingMessage], facts: Sequence[OutgoingFacts]) -> list[OutgoingMessage]:
    """Messages with what the facts add; a later word wins, the first moment stays."""
    messages = dict(known)
    for fact in facts:
        before = messages.get(fact.queue_id) or OutgoingMessage(fact.queue_id, fact.at)
        messages[fact.queue_id] = replace(
            before,
            message_id=fact.message_id or before.message_id,
            sender=before.sender if fact.sender is None else fact.sender,
            login=fact.login or before.login,
            size_bytes=fact.size_bytes or before.size_bytes,
        )
    return list(messages.values())


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Up to where a log was read: which file (``identity``) and how many bytes of it."""

    identity: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class LogPiece:
    """Whole lines of a log, each with the offset at which it begins; ``position`` is where the next piece begins."""

    lines: tuple[tuple[int, str], ...]
    position: LogPosition


class RelayEventKind(StrEnum):
    """What the relay says became of a message for one recipient."""

    PROCESSED = "processed"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    DROPPED = "dropped"
    COMPLAINED = "complained"


FINAL_FAILURES = frozenset({RelayEventKind.BOUNCED, RelayEventKind.DROPPED})


@dataclass(frozen=True, slots=True)
class RelayEvent:
    """One event of the relay; ``status`` is an enhanced code (5.1.1) where it gave one, ``reason`` its own words."""

    event_id: str
    message_id: str
    recipient: str
    at: datetime
    kind: RelayEventKind
    reason: str = ""
    status: str = ""


class NoticeState(StrEnum):
    """Whether the sender must still hear of a relay event."""

    NONE = ""
    DUE = "due"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A failed delivery whose sender has not been told; ``received_at`` is when the house heard of it."""

    event: RelayEvent
    received_at: datetime
