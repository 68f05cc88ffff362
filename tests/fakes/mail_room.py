"""The mail room with everything outside it in memory, and faults on order."""

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from fakes.ledger import FakeLedgerTransactions, LedgerData
from fakes.moving_clock import MovingClock
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.core.recipients import RefusalReason, Resolution
from machiya.mail.answers import Answer
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.model import (
    Delivery,
    Envelope,
    InboundMessage,
    StoreOutcome,
    StoreStatus,
    Verdict,
    VerdictAction,
)
from machiya.mail.ports import Ledger, QuarantineDamaged, ScannerUnavailable, StoreOutcomeUnknown, StoreUnavailable

T = TypeVar("T")
CONTENT = b"Subject: hi\r\nMessage-ID: <m1@example.com>\r\nFrom: a@example.com\r\n\r\nhello\r\n"
ACCEPT = Verdict(VerdictAction.ACCEPT)


class Fault(Enum):
    """What a part does to one call."""

    DOWN = "certainly nothing happened"
    LOST_BEFORE = "nothing happened, but the caller cannot know"
    LOST_AFTER = "it happened, but the caller cannot know"
    KILLED_BEFORE = "the process is killed before anything happens"
    KILLED_AFTER = "the process is killed when it has happened"


class Killed(BaseException):
    """``kill -9``: no ``except`` of the house may meet it, so it is no ``Exception``."""


@dataclass
class FakeDirectory:
    """``RecipientDirectory`` as a dictionary of texts."""

    table: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refusals: dict[str, RefusalReason] = field(default_factory=dict)
    news: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ill: bool = False

    def renew(self) -> None:
        if self.ill:
            raise Unavailable("the database is down")
        self.table |= self.news

    def postmaster(self) -> EmailAddress | None:
        return next((EmailAddress.parse(name) for name in self.table if name.startswith("postmaster@")), None)

    def resolve(self, recipient: EmailAddress) -> Resolution:
        text = str(recipient)
        if text in self.refusals:
            return Resolution(recipient, refusal=self.refusals[text])
        if text not in self.table:
            return Resolution(recipient, refusal=RefusalReason.UNKNOWN)
        mailboxes = tuple(EmailAddress.parse(mailbox) for mailbox in self.table[text])
        return Resolution(recipient, mailboxes, path=(f"{text} -> {', '.join(self.table[text])}",))


@dataclass
class FakeScanner:
    """``Scanner``; set ``down`` or ``verdict``."""

    verdict: Verdict = ACCEPT
    down: bool = False
    scanned: list[DeliveryId] = field(default_factory=list)

    async def scan(self, message: InboundMessage) -> Verdict:
        self.scanned.append(message.delivery_id)
        if self.down:
            raise ScannerUnavailable("the fake scanner is down", hint="start it")
        return self.verdict

    async def prove(self) -> None:
        if self.down:
            raise ScannerUnavailable("the fake scanner is down", hint="start it")

    async def close(self) -> None:
        pass


@dataclass
class FakeQuarantineFiles:
    """``QuarantineFiles`` in memory; ``faults`` one a call of ``keep``."""

    files: dict[DeliveryId, bytes] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)

    async def keep(self, delivery_id: DeliveryId, content: bytes | bytearray | memoryview) -> None:
        fault = self.faults.popleft() if self.faults else None
        raise_before(fault, StoreUnavailable("the fake disk is full"), StoreUnavailable("the fake disk is full"))
        self.files[delivery_id] = bytes(content)
        raise_after(fault, StoreUnavailable("the fake disk is gone"))

    async def read(self, delivery_id: DeliveryId) -> bytes:
        if delivery_id not in self.files:
            raise QuarantineDamaged(f"no file for {delivery_id}")
        return self.files[delivery_id]

    async def remove(self, delivery_id: DeliveryId) -> None:
        self.files.pop(delivery_id, None)


@dataclass
class FaultyStore:
    """``MailStore`` that does as told: ``faults`` one a call, ``outcomes`` for mailboxes that do not take mail.

    Unlike ``FakeMailStore`` (and Maildir) it stores a second copy when it is asked twice, as an LMTP server does, so
    that a mistake of the ledger shows.
    """

    copies: dict[EmailAddress, list[Delivery]] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)
    outcomes: dict[str, StoreOutcome] = field(default_factory=dict)
    calls: list[tuple[EmailAddress, ...]] = field(default_factory=list)
    asked: list[EmailAddress] = field(default_factory=list)
    contains_down: bool = False
    gate: asyncio.Event | None = None
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    async def store(self, delivery: Delivery, mailboxes: Sequence[EmailAddress]) -> Mapping[EmailAddress, StoreOutcome]:
        self.calls.append(tuple(mailboxes))
        self.entered.set()
        if self.gate:
            await self.gate.wait()
        fault = self.faults.popleft() if self.faults else None
        raise_before(fault, StoreUnavailable("the fake store is down"), StoreOutcomeUnknown("the fake store went away"))
        stored = {mailbox: self._store(delivery, mailbox) for mailbox in mailboxes}
        raise_after(fault, StoreOutcomeUnknown("the fake store went away"))
        return stored

    def _store(self, delivery: Delivery, mailbox: EmailAddress) -> StoreOutcome:
        outcome = self.outcomes.get(str(mailbox), StoreOutcome(StoreStatus.STORED, "in memory"))
        if outcome.status is StoreStatus.STORED:
            self.copies.setdefault(mailbox, []).append(delivery)
        return outcome

    async def contains(self, delivery_id: DeliveryId, mailbox: EmailAddress) -> bool:
        self.asked.append(mailbox)
        if self.contains_down:
            raise StoreUnavailable("the fake store is down")
        return any(delivery.delivery_id == delivery_id for delivery in self.copies.get(mailbox, ()))

    async def close(self) -> None:
        self.copies.clear()

    def count(self, mailbox: str, delivery_id: DeliveryId | None = None) -> int:
        """How many copies ``mailbox`` holds, of one delivery or of all."""
        held = self.copies.get(EmailAddress.parse(mailbox), ())
        return sum(delivery_id is None or delivery.delivery_id == delivery_id for delivery in held)


def raise_before(fault: Fault | None, down: Exception, lost: Exception) -> None:
    """The faults that come before anything happens."""
    for kind, error in ((Fault.DOWN, down), (Fault.LOST_BEFORE, lost), (Fault.KILLED_BEFORE, Killed())):
        if fault is kind:
            raise error


def raise_after(fault: Fault | None, lost: Exception) -> None:
    """The faults that come when it has happened."""
    for kind, error in ((Fault.LOST_AFTER, lost), (Fault.KILLED_AFTER, Killed())):
        if fault is kind:
            raise error


@dataclass
class FaultyLedger:
    """``LedgerTransactions`` that does as told, one fault a transaction."""

    inner: FakeLedgerTransactions = field(default_factory=FakeLedgerTransactions)
    faults: deque[Fault | None] = field(default_factory=deque)

    @property
    def data(self) -> LedgerData:
        return self.inner.data

    async def run(self, work: Callable[[Ledger], T]) -> T:
        await asyncio.sleep(0)  # others get their turn, as with a database
        fault = self.faults.popleft() if self.faults else None
        raise_before(fault, StoreUnavailable("the fake ledger is down"), StoreUnavailable("the fake ledger is gone"))
        result = await self.inner.run(work)
        raise_after(fault, StoreUnavailable("the fake ledger is gone"))
        return result

    def close(self) -> None:
        self.inner.close()


@dataclass
class MailRoom:
    """An ``Ingest`` and everything around it; ``restart`` is what a new process would be."""

    clock: MovingClock = field(default_factory=MovingClock)
    directory: FakeDirectory = field(default_factory=lambda: FakeDirectory({"taro@example.jp": ("taro@example.jp",)}))
    scanner: FakeScanner = field(default_factory=FakeScanner)
    store: FaultyStore = field(default_factory=FaultyStore)
    quarantine: FakeQuarantineFiles = field(default_factory=FakeQuarantineFiles)
    ledger: FaultyLedger = field(default_factory=FaultyLedger)
    rules: IngestRules = field(default_factory=lambda: IngestRules(hostname="mail.example.jp"))

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.ingest = Ingest(
            directory=self.directory,
            scanner=self.scanner,
            store=self.store,
            quarantine=self.quarantine,
            ledger=self.ledger,
            clock=self.clock,
            rules=self.rules,
        )

    async def take(self, message: InboundMessage) -> Answer:
        return await self.ingest(message)

    def message(
        self, recipient: str = "taro@example.jp", content: bytes = CONTENT, *, sender: str = "a@example.com"
    ) -> InboundMessage:
        """A message as the edge would offer it, accepted now."""
        envelope = Envelope(sender, recipient, self.clock.now(), len(content))
        delivery_id = new_delivery_id(self.clock.now())
        return InboundMessage(delivery_id, envelope, hashlib.md5(content).hexdigest(), content)

    def kinds(self, message: InboundMessage) -> Counter[str]:
        """How often each kind of event stands in the trace of a message."""
        events = self.ledger.data.events
        return Counter(event.kind for event in events if event.delivery_id == message.delivery_id)
