"""What the mail room needs from outside."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from machiya.core.addresses import EmailAddress
from machiya.core.errors import MachiyaError, Unavailable
from machiya.core.identifiers import DeliveryId
from machiya.core.recipients import Resolution
from machiya.mail.edge import DeadLetter, EdgeOrder, EdgeReport, EdgeState
from machiya.mail.model import (
    Delivery,
    DeliveryRecord,
    InboundMessage,
    LedgerEntry,
    Quarantined,
    StoreOutcome,
    TraceEvent,
    Verdict,
)

T = TypeVar("T")


class StoreUnavailable(Unavailable):
    """The mail store is down or full: certainly nothing of this delivery was stored by this call."""

    code = "store_unavailable"


class StoreOutcomeUnknown(StoreUnavailable):
    """The store went away after it had the message: each mailbox may or may not have it."""

    code = "store_outcome_unknown"


class ScannerUnavailable(Unavailable):
    """The scanner cannot be reached; the message must not be delivered unscanned."""

    code = "scanner_unavailable"


class QuarantineDamaged(MachiyaError):
    """A message in the quarantine cannot be read as it was set aside."""

    code = "quarantine_damaged"


class RecipientDirectory(Protocol):
    """The address table as it is now."""

    def resolve(self, recipient: EmailAddress) -> Resolution:
        """Which mailboxes get mail for ``recipient``; from memory, never blocks."""

    def postmaster(self) -> EmailAddress | None:
        """Who is meant by ``postmaster`` without a domain (RFC 5321 §4.1.1.3)."""


class RenewableDirectory(RecipientDirectory, Protocol):
    """An address table that follows the accounts."""

    def renew(self) -> None:
        """Read the accounts again if they have changed; blocks.

        Raises:
            Unavailable: they cannot be read, so nobody can be called unknown now.
        """


class Scanner(Protocol):
    """Judges a message."""

    async def scan(self, message: InboundMessage) -> Verdict:
        """Judge.

        Raises:
            ScannerUnavailable: no judgement could be had.
        """

    async def prove(self) -> None:
        """See that it would find what must be found.

        Raises:
            ScannerUnavailable: it would not.
        """

    async def close(self) -> None:
        """Give back connections; no error."""


class MailStore(Protocol):
    """Where mailboxes are."""

    async def store(self, delivery: Delivery, mailboxes: Sequence[EmailAddress]) -> Mapping[EmailAddress, StoreOutcome]:
        """Store one copy in each mailbox, durably; exactly one outcome per mailbox.

        An outcome STORED means: on disk, survives a power cut. An error for one mailbox never touches another.

        Raises:
            StoreUnavailable: the store is down, full or read-only; no mailbox has it.
            StoreOutcomeUnknown: it went away too late to tell; ask ``contains`` later.
        """

    async def contains(self, delivery_id: DeliveryId, mailbox: EmailAddress) -> bool:
        """Whether the mailbox (any folder) holds this delivery.

        Raises:
            StoreUnavailable: the store could not say.
        """

    async def close(self) -> None:
        """Give back connections; no error."""


class Ledger(Protocol):
    """The ledger inside one transaction."""

    def delivery(self, delivery_id: DeliveryId) -> DeliveryRecord | None:
        """The row for this id."""

    def entries(self, delivery_id: DeliveryId) -> tuple[LedgerEntry, ...]:
        """The rows for each mailbox of this id."""

    def add_delivery(self, record: DeliveryRecord) -> None:
        """Insert.

        Raises:
            Conflict: another transaction inserted it first.
        """

    def update_delivery(self, record: DeliveryRecord) -> None:
        """Write all columns of an existing row."""

    def save_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Insert or update by (delivery id, mailbox)."""

    def add_events(self, events: Sequence[TraceEvent]) -> None:
        """Append to the trace."""

    def add_quarantined(self, item: Quarantined) -> None:
        """Insert or replace by delivery id."""

    def remove_quarantined(self, delivery_id: DeliveryId) -> None:
        """Forget it; no error if it is not there."""

    def expire_leases(self, moment: datetime) -> int:
        """Make every live lease end at ``moment``; how many. Only for a process that knows it is alone."""


class LedgerTransactions(Protocol):
    """Runs short pieces of work on the ledger, each atomic and durable when awaited; many share one commit."""

    async def run(self, work: Callable[[Ledger], T]) -> T:
        """Do ``work`` in a transaction; its exception rolls its own changes back and is raised here.

        Raises:
            Unavailable: the database did not take it.
        """

    def close(self) -> None:
        """Finish what was begun and give the connection back; no error."""


class QuarantineFiles(Protocol):
    """The bytes of what was set aside, one file a delivery id."""

    async def keep(self, delivery_id: DeliveryId, content: bytes | bytearray | memoryview) -> None:
        """Write durably; the same id again replaces it.

        Raises:
            StoreUnavailable: the disk did not take it.
        """

    async def read(self, delivery_id: DeliveryId) -> bytes:
        """All of it.

        Raises:
            QuarantineDamaged: it is missing or cannot be read.
        """

    async def remove(self, delivery_id: DeliveryId) -> None:
        """Delete; no error if it is not there.

        Raises:
            StoreUnavailable: the disk refused.
        """


class QuarantineBook(Protocol):
    """Questions about the quarantine."""

    def items(self) -> tuple[Quarantined, ...]:
        """Everything in it, newest first."""


class TraceReader(Protocol):
    """Questions about journeys; each call reads a consistent state."""

    def search(self, query: str, *, since: datetime | None, limit: int) -> tuple[DeliveryRecord, ...]:
        """Deliveries with this id, Message-ID, sender, recipient or mailbox (empty query: all), newest first."""

    def events(self, delivery_id: DeliveryId) -> tuple[TraceEvent, ...]:
        """The journey in order."""

    def entries(self, delivery_id: DeliveryId) -> tuple[LedgerEntry, ...]:
        """The rows for each mailbox."""

    def unfinished(self) -> tuple[DeliveryRecord, ...]:
        """Deliveries that are pending, oldest first (at most 500)."""

    def counts(self, since: datetime) -> Mapping[str, int]:
        """How many deliveries first seen since then are in each state."""


class EdgeBook(Protocol):
    """What the house knows of the edge; each call is its own transaction."""

    def state(self) -> EdgeState | None:
        """The last report and what was noticed since."""

    def take_report(self, report: EdgeReport, moment: datetime) -> None:
        """Replace the last report and the dead letters by this one; remember accepted ids; close orders done."""

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """What the edge gave up on, oldest first, as last reported."""

    def open_orders(self) -> tuple[EdgeOrder, ...]:
        """Orders not reported done yet, oldest first."""

    def add_order(self, order: EdgeOrder, moment: datetime) -> None:
        """Place an order; an open one for the same delivery is replaced."""

    def note_clock_skew(self, seconds: float, moment: datetime) -> None:
        """A correctly signed request was off by this much (positive: the edge is ahead)."""

    def accepted_without_delivery(self, before: datetime, since: datetime) -> tuple[DeliveryId, ...]:
        """Ids the edge accepted in [since, before) that the ledger has never seen."""

    def accepted_count(self, since: datetime) -> int:
        """How many ids the edge accepted since then."""
