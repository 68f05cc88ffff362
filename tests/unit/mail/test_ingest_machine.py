"""Ingest against a house that fails, forgets and is killed at random points: never lost, never doubled."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from fakes.mail_room import FakeDirectory, Fault, Killed, MailRoom
from machiya.core.errors import Unavailable
from machiya.core.identifiers import DeliveryId
from machiya.mail.answers import Answer, AnswerStatus
from machiya.mail.model import (
    TAKEN_STATES,
    DeliveryRecord,
    DeliveryState,
    InboundMessage,
    Quarantined,
    StoreOutcome,
    StoreStatus,
    Verdict,
)
from machiya.mail.model import VerdictAction as Action

T = TypeVar("T")
MAILBOXES = ("taro@example.jp", "jiro@example.jp", "hana@example.jp")
TABLE = {"team@example.jp": MAILBOXES, "two@example.jp": MAILBOXES[:2], MAILBOXES[0]: MAILBOXES[:1]}
TAKEN = {AnswerStatus.CREATED, AnswerStatus.ALREADY}
SAID_BY_A_STORE = [status for status in StoreStatus if status is not StoreStatus.QUARANTINED]
VERDICTS = [Verdict(Action.ACCEPT), Verdict(Action.JUNK, ("bulk",)), Verdict(Action.QUARANTINE, ("virus",))]
faults = st.lists(st.none() | st.sampled_from(Fault), max_size=2)


class IngestMachine(RuleBasedStateMachine):
    """The edge offers, again and again; between offers anything may happen to the house."""

    messages: Bundle[InboundMessage] = Bundle("messages")

    @initialize()
    def build(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.room = MailRoom(directory=FakeDirectory(dict(TABLE)))
        self.known: dict[DeliveryId, InboundMessage] = {}
        self.taken: set[DeliveryId] = set()

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self._end_well()
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @rule(target=messages, recipient=st.sampled_from([*TABLE, "nobody@example.jp"]))
    def accept(self, recipient: str) -> InboundMessage:
        message = self.room.message(recipient)
        self.known[message.delivery_id] = message
        return message

    @rule(message=messages, store=faults, ledger=faults)
    def offer(self, message: InboundMessage, store: list[Fault | None], ledger: list[Fault | None]) -> None:
        self.room.store.faults.extend(store)
        self.room.ledger.faults.extend(ledger)
        self._note(message, self.run(self._offer(message)))
        self.room.store.faults.clear()
        self.room.ledger.faults.clear()

    @rule(message=messages, times=st.integers(2, 4))
    def offer_at_once(self, message: InboundMessage, times: int) -> None:
        async def together() -> list[Answer | None]:
            return await asyncio.gather(*(self._offer(message) for _ in range(times)))

        for answer in self.run(together()):
            self._note(message, answer)

    @rule(message=messages, turns=st.integers(1, 4))
    def offer_and_hang_up(self, message: InboundMessage, turns: int) -> None:
        async def hang_up() -> None:
            offered = asyncio.ensure_future(self._offer(message))
            for _ in range(turns):
                await asyncio.sleep(0)
            offered.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                self._note(message, await offered)

        self.run(hang_up())

    async def _offer(self, message: InboundMessage) -> Answer | None:
        try:
            return await self.room.take(message)
        except Unavailable:
            return None
        except Killed:
            self.room.restart()
            return None

    def _note(self, message: InboundMessage, answer: Answer | None) -> None:
        if answer and answer.status in TAKEN:
            assert self._missing(message) == []
            self.taken.add(message.delivery_id)

    @rule(mailbox=st.sampled_from(MAILBOXES), status=st.sampled_from(SAID_BY_A_STORE))
    def mailbox_changes(self, mailbox: str, status: StoreStatus) -> None:
        self.room.store.outcomes[mailbox] = StoreOutcome(status, "as told")

    @rule(exists=st.booleans())
    def nobody_changes(self, *, exists: bool) -> None:
        self.room.directory.table.pop("nobody@example.jp", None)
        if exists:
            self.room.directory.table["nobody@example.jp"] = MAILBOXES[1:2]

    @rule(seconds=st.sampled_from([1, 60, 119, 120, 121]))
    def wait(self, seconds: int) -> None:
        self.room.clock.move(seconds=seconds)

    @rule(down=st.booleans())
    def scanner_changes(self, *, down: bool) -> None:
        self.room.scanner.down = down

    @rule(verdict=st.sampled_from(VERDICTS))
    def verdict_changes(self, verdict: Verdict) -> None:
        self.room.scanner.verdict = verdict

    @rule(fault=st.none() | st.sampled_from(Fault))
    def quarantine_changes(self, fault: Fault | None) -> None:
        self.room.quarantine.faults.clear()
        self.room.quarantine.faults.append(fault)

    @rule(down=st.booleans())
    def search_changes(self, *, down: bool) -> None:
        self.room.store.contains_down = down

    @rule()
    def restart(self) -> None:
        self.room.restart()

    @invariant()
    def never_two_copies(self) -> None:
        for delivery_id in getattr(self, "known", {}):
            assert all(self.room.store.count(mailbox, delivery_id) <= 1 for mailbox in MAILBOXES)

    @invariant()
    def delivered_stays_delivered(self) -> None:
        for delivery_id in getattr(self, "taken", ()):
            record = self.room.ledger.data.deliveries[delivery_id]
            assert record.state in TAKEN_STATES

    @invariant()
    def quarantined_has_a_row_and_its_bytes(self) -> None:
        for delivery_id in getattr(self, "known", {}):
            record, row = self._rows(delivery_id)
            assert (row is not None) == (record is not None and record.state is DeliveryState.QUARANTINED)
            assert row is None or self.room.quarantine.files[delivery_id] == self.known[delivery_id].content

    def _rows(self, delivery_id: DeliveryId) -> tuple[DeliveryRecord | None, Quarantined | None]:
        data = self.room.ledger.data
        return data.deliveries.get(delivery_id), data.quarantine.get(delivery_id)

    def _missing(self, message: InboundMessage) -> list[str]:
        wanted = self.room.directory.table.get(message.envelope.recipient, ())
        item = self.room.ledger.data.quarantine.get(message.delivery_id)
        aside = {str(mailbox) for mailbox in item.mailboxes} if item else set()
        return [box for box in wanted if box not in aside and not self.room.store.count(box, message.delivery_id)]

    def _end_well(self) -> None:
        """When the house is well again for long enough, everything comes in, once."""
        room = self.room
        room.scanner.down = room.store.contains_down = False
        room.store.outcomes.clear()
        room.quarantine.faults.clear()
        room.directory.table["nobody@example.jp"] = MAILBOXES[1:2]
        room.clock.move(seconds=room.rules.lease.total_seconds())
        for message in self.known.values():
            answer = self.run(self._offer(message))
            assert answer is not None
            assert answer.status in TAKEN
            assert self._missing(message) == []
        self.never_two_copies()


TestIngestMachine = IngestMachine.TestCase
TestIngestMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
