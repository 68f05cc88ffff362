"""One message for one recipient comes in: resolve, guard, claim, scan, store, settle, answer."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from machiya.core.clock import Clock
from machiya.core.errors import Unavailable
from machiya.core.identifiers import DeliveryId
from machiya.core.recipients import RefusalReason, Resolution
from machiya.mail.answers import BUSY, CREATED, Answer
from machiya.mail.attempt import Attempt, Examiner, never
from machiya.mail.journey import buried, deferred, noteworthy, settled
from machiya.mail.ledger import Claim, bury, claim, release, settle
from machiya.mail.model import (
    DeliveryRecord,
    DeliveryState,
    InboundMessage,
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
from machiya.mail.summary import final_state, summarise


@dataclass(frozen=True, slots=True)
class IngestRules:
    """The owner's choices that matter here; ``origin`` is where messages come from, for their Received line."""

    hostname: str
    origin: str = "the edge"
    max_hops: int = 50
    lease: timedelta = timedelta(seconds=120)
    store_subjects: bool = True


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
        self._examine = Examiner(directory, clock, max_hops=rules.max_hops, store_subjects=rules.store_subjects)
        self._placing = Placing(store, quarantine, clock, rules.hostname, rules.origin)
        self._ledger = ledger
        self._clock = clock
        self._lease = rules.lease
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
            return await self._bury(attempt.record, attempt.refusal or never(RefusalReason.UNKNOWN, message))
        mailboxes = attempt.resolution.mailboxes
        taken = await self._ledger.run(lambda ledger: claim(ledger, attempt.record, mailboxes, self._lease))
        if taken.answer:
            return taken.answer
        return await self._deliver(attempt, taken, attempt.resolution)

    async def _bury(self, record: DeliveryRecord, answer: Answer) -> Answer:
        dead = replace(record, state=DeliveryState.DEAD, reason=f"{answer.code}: {answer.detail}")
        earlier = await self._ledger.run(lambda ledger: bury(ledger, dead, buried))
        return earlier or answer

    async def _deliver(self, attempt: Attempt, taken: Claim, resolution: Resolution) -> Answer:
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
