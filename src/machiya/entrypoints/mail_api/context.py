"""What the door's routes are given; bootstrap fills it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from machiya.accounts.address_table import EdgeRecipients
from machiya.core.clock import Clock
from machiya.entrypoints.mail_api.byte_budget import ByteBudget
from machiya.entrypoints.mail_api.event_routes import EventDesk
from machiya.entrypoints.mail_api.metrics import DoorMetrics
from machiya.mail.ingest import Ingest
from machiya.mail.ports import EdgeBook


@dataclass(frozen=True, slots=True)
class DoorContext:
    """Everything a request needs.

    ``ready`` returns the reasons why the house cannot take mail now (empty: it can); it may block.
    ``events`` is None where the relay posts none.
    """

    signing_keys: Sequence[str]
    clock: Clock
    ingest: Ingest
    edge_book: EdgeBook
    address_lines: Callable[[], EdgeRecipients]
    ready: Callable[[], Sequence[str]]
    budget: ByteBudget
    metrics: DoorMetrics
    message_bytes: int
    body_seconds: float = 120.0
    events: EventDesk | None = None
