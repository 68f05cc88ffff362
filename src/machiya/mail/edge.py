"""What the edge tells the house, and what the house asks of it (docs/format/edge-protocol.md)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from machiya.core.identifiers import DeliveryId


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message the edge gave up on; its body is at the edge until somebody orders ``retry`` or ``discard``."""

    delivery_id: DeliveryId
    sender: str
    recipient: str
    accepted_at: datetime
    died_at: datetime
    size_bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class EdgeError:
    """Something the edge met since its last report."""

    at: datetime
    code: str
    detail: str


class OrderAction(StrEnum):
    """What the edge should do with a dead letter."""

    RETRY = "retry"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class EdgeOrder:
    """One order; ``order_id`` makes it idempotent."""

    order_id: str
    action: OrderAction
    delivery_id: DeliveryId


@dataclass(frozen=True, slots=True)
class OrderDone:
    """The edge's word on an order: ``retried``, ``discarded`` or ``not_found``."""

    order_id: str
    result: str


@dataclass(frozen=True, slots=True)
class EdgeReport:
    """One sweep's report."""

    edge: str
    at: datetime
    held: int
    held_more: bool
    oldest: datetime | None
    held_ids: tuple[DeliveryId, ...]
    dead_count: int
    dead: tuple[DeadLetter, ...]
    accepted: tuple[DeliveryId, ...]
    errors: tuple[EdgeError, ...]
    recipients_etag: str | None
    recipients_confirmed_at: datetime | None
    recipients_complete: bool
    orders_done: tuple[OrderDone, ...] = ()


@dataclass(frozen=True, slots=True)
class EdgeState:
    """What the house knows of the edge now."""

    reported_at: datetime | None
    edge: str
    held: int
    held_more: bool
    oldest: datetime | None
    held_ids: tuple[DeliveryId, ...]
    dead_count: int
    errors: tuple[EdgeError, ...]
    recipients_etag: str | None
    recipients_confirmed_at: datetime | None
    recipients_complete: bool
    clock_skew_seconds: float | None = None
    clock_skew_at: datetime | None = None
