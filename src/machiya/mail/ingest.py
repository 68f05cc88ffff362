"""One message for one recipient comes in: resolve, guard, claim, scan, store, settle, answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import InvalidAddress, Unavailable
from machiya.core.identifiers import DeliveryId
from machiya.core.recipients import RefusalReason, Resolution
from machiya.mail.answers import BUSY, CREATED, Answer, AnswerStatus
from machiya.mail.headers import HeaderFacts, read_facts
from machiya.mail.journey import buried, deferred, noteworthy, settled
from machiya.mail.ledger import Claim, bury, claim, release, settle
from machiya.mail.loop_guard import loop_reason
from machiya.mail.model import (
    DeliveryRecord,
    DeliveryState,
    InboundMessage,
    StoreOutcome,
    StoreStatus,
    TraceEvent,
    Verdict,
)
from machiya.mail.placing import Placed, Placing
from machiya.mail.ports import (
    LedgerTransactions,
    MailStore,
    QuarantineFiles,
    RenewableDirectory,
    Scanner,
    ScannerUnavailable,
    StoreOutcomeUnknown,
    StoreUnavailable,
)

_REFUSALS = {
    RefusalReason.UNKNOWN: "no mailbox, alias or catch-all takes mail for it",
    RefusalReason.DISABLED: "the mailbox is disabled",
    RefusalReason.ALIAS_LOOP: "the alias leads back to itself",
}


@dataclass(frozen=True, slots=True)
class IngestRules:
    """The owner's choices that matter here; ``origin`` is where messages come from, for their Received line."""

    hostname: str
    origin: str = "the edge"
    max_hops: int = 50
    lease: timedelta = timedelta(seconds=120)
    store_subjects: bool = True


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt's facts, read once."""

    message: InboundMessage
    record: DeliveryRecord
    resolution: Resolution | None
    refusal: Answer | None

    @property
    def known(self) -> bool:
        """Somebody gets it."""
        return self.resolution is not None and bool(self.resolution.mailboxes)


class Ingest:
    """The path of a message from the door to the mailboxes."""

    def __init__(
        self,
        *,
        directory: RenewableDirectory,
        scanner: Scanner,
        store: MailStore,
        quarantine: QuarantineFiles,
        ledger: LedgerTransactions,
        clock: Clock,
        rules: IngestRules,
    ) -> None:
        self._directory = directory
        self._scanner = scanner
        self._placing = Placing(store, quarantine, clock, rules.hostname, rules.origin)
        self._ledger = ledger
        self._clock = clock
        self._rules = rules
        self._running: set[DeliveryId] = set()

    async def __call__(self, message: InboundMessage) -> Answer:
        """Deliver, or say why not.

        Raises:
            Unavailable: store, scanner or database are ill; the edge keeps the message and backs off.
        """
        # A store slower than the lease must not be overtaken by the edge's next offer.
        if message.delivery_id in self._running:
            return BUSY
        self._running.add(message.delivery_id)
        try:
            return await self._take(message)
        finally:
            self._running.discard(message.delivery_id)

    async def _take(self, message: InboundMessage) -> Answer:
        attempt = self._examine(message)
        if not attempt.known:
            # The accounts may have changed a moment ago: an old table calls nobody unknown.
            await asyncio.to_thread(self._directory.renew)
            attempt = self._examine(message)
        if attempt.refusal or attempt.resolution is None:
            return await self._bury(attempt.record, attempt.refusal or _never(RefusalReason.UNKNOWN, message))
        mailboxes = attempt.resolution.mailboxes
        taken = await self._ledger.run(lambda ledger: claim(ledger, attempt.record, mailboxes, self._rules.lease))
        if taken.answer:
            return taken.answer
        return await self._deliver(attempt, taken, attempt.resolution)

    def _examine(self, message: InboundMessage) -> _Attempt:
        facts = read_facts(message.content)
        resolution = self._resolve(message.envelope.recipient)
        record = self._record(message, facts)
        return _Attempt(message, record, resolution, self._refusal(message, facts, resolution))

    def _resolve(self, recipient: str) -> Resolution | None:
        address: EmailAddress | None
        try:
            address = EmailAddress.parse(recipient)
        except InvalidAddress:
            # RFC 5321 §4.1.1.3: the one word that needs no domain, in any case.
            address = self._directory.postmaster() if recipient.lower() == "postmaster" else None
        return None if address is None else self._directory.resolve(address)

    def _refusal(self, message: InboundMessage, facts: HeaderFacts, resolution: Resolution | None) -> Answer | None:
        if resolution is None:
            return _never(RefusalReason.UNKNOWN, message)
        if resolution.refusal or not resolution.mailboxes:
            return _never(resolution.refusal or RefusalReason.UNKNOWN, message)
        looping = loop_reason(facts, self._rules.max_hops)
        return Answer(AnswerStatus.NEVER, "mail_loop", looping) if looping else None

    def _record(self, message: InboundMessage, facts: HeaderFacts) -> DeliveryRecord:
        now = self._clock.now()
        return DeliveryRecord(
            delivery_id=message.delivery_id,
            md5=message.md5,
            size_bytes=message.envelope.size_bytes,
            sender=message.envelope.sender,
            recipient=message.envelope.recipient,
            accepted_at=message.envelope.accepted_at,
            first_seen_at=now,
            updated_at=now,
            message_id=facts.message_id,
            subject=facts.subject if self._rules.store_subjects else None,
            header_from=facts.sender,
        )

    async def _bury(self, record: DeliveryRecord, answer: Answer) -> Answer:
        dead = replace(record, state=DeliveryState.DEAD, reason=f"{answer.code}: {answer.detail}")
        earlier = await self._ledger.run(lambda ledger: bury(ledger, dead, buried))
        return earlier or answer

    async def _deliver(self, attempt: _Attempt, taken: Claim, resolution: Resolution) -> Answer:
        try:
            verdict = await self._scanner.scan(attempt.message)
            placed = await self._placing.place(attempt.message, taken, resolution.recipient, verdict)
        except StoreOutcomeUnknown as error:
            await self._note(taken, error)
            raise  # the lease stays: whoever comes after its end asks the store first
        except (ScannerUnavailable, StoreUnavailable) as error:
            await self._release(taken, error)
            raise
        return await self._settle(taken, resolution, verdict, placed)

    async def _release(self, taken: Claim, error: Unavailable) -> None:
        record, events = self._deferral(taken, error)
        held = replace(taken, record=record)
        await self._ledger.run(lambda ledger: release(ledger, held, events, record.updated_at))

    async def _note(self, taken: Claim, error: Unavailable) -> None:
        record, events = self._deferral(taken, error)
        await self._ledger.run(lambda ledger: settle(ledger, record, {}, events, record.updated_at))

    def _deferral(self, taken: Claim, error: Unavailable) -> tuple[DeliveryRecord, tuple[TraceEvent, ...]]:
        reason = f"{error.code}: {error.message}"
        record = replace(taken.record, state=DeliveryState.PENDING, reason=reason, updated_at=self._clock.now())
        return record, deferred(record) if noteworthy(taken.record, reason) else ()

    async def _settle(self, taken: Claim, resolution: Resolution, verdict: Verdict, placed: Placed) -> Answer:
        answer = summarise(tuple(placed.outcomes.items()))
        now = self._clock.now()
        state = final_state(answer)
        reason = "" if answer is CREATED else f"{answer.code}: {answer.detail}"
        record = replace(taken.record, state=state, reason=reason, updated_at=now)
        tell = state is not DeliveryState.PENDING or noteworthy(taken.record, reason)
        events = settled(record, resolution, verdict, placed.outcomes) if tell else ()
        await self._ledger.run(
            lambda ledger: settle(ledger, record, placed.outcomes, events, now, placed.quarantined),
        )
        return answer


def final_state(answer: Answer) -> DeliveryState:
    """What an answer makes of the delivery; PENDING: it will be offered again."""
    if answer.status is AnswerStatus.NEVER:
        return DeliveryState.DEAD
    if answer.status is not AnswerStatus.CREATED:
        return DeliveryState.PENDING
    return DeliveryState.DELIVERED if answer is CREATED else DeliveryState.QUARANTINED


def summarise(outcomes: Sequence[tuple[EmailAddress, StoreOutcome]]) -> Answer:
    """One answer for all mailboxes: what may still work comes before what never will."""
    for status, answer_status, code in (
        (StoreStatus.TEMPORARY, AnswerStatus.NOT_NOW, "mailbox_unavailable"),
        (StoreStatus.OVER_QUOTA, AnswerStatus.NOT_NOW, "over_quota"),
        (StoreStatus.PERMANENT, AnswerStatus.NEVER, "store_refused"),
        (StoreStatus.QUARANTINED, AnswerStatus.CREATED, "quarantined"),
    ):
        failed = [f"{mailbox}: {outcome.detail}" for mailbox, outcome in outcomes if outcome.status is status]
        if failed:
            return Answer(answer_status, code, "; ".join(failed))
    return CREATED


def _never(refusal: RefusalReason, message: InboundMessage) -> Answer:
    return Answer(AnswerStatus.NEVER, str(refusal), f"{message.envelope.recipient}: {_REFUSALS[refusal]}")
