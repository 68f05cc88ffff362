"""One message comes in, whatever the house is going through."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.mail_room import CONTENT, FakeDirectory, Fault, Killed, MailRoom
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable
from machiya.core.recipients import RefusalReason
from machiya.mail.answers import ALREADY, BUSY, CREATED, MISMATCH, AnswerStatus
from machiya.mail.ingest import IngestRules
from machiya.mail.model import DeliveryState, EntryState, InboundMessage, StoreOutcome, StoreStatus, Verdict
from machiya.mail.model import VerdictAction as Action
from machiya.mail.ports import ScannerUnavailable, StoreOutcomeUnknown, StoreUnavailable

TEAM = ("taro@example.jp", "jiro@example.jp", "hana@example.jp")
LEASE_SECONDS = 120
OTHER_BYTES = "0" * 32


@pytest.fixture
def room() -> MailRoom:
    return MailRoom()


@pytest.fixture
def team() -> MailRoom:
    return MailRoom(directory=FakeDirectory({"team@example.jp": TEAM}))


def state(room: MailRoom, message: InboundMessage) -> DeliveryState:
    return room.ledger.data.deliveries[message.delivery_id].state


def reason(room: MailRoom, message: InboundMessage) -> str:
    return room.ledger.data.deliveries[message.delivery_id].reason


async def test_ingest_stores_a_new_message(room: MailRoom) -> None:
    message = room.message()
    assert await room.take(message) == CREATED
    (delivery,) = room.store.copies[EmailAddress.parse("taro@example.jp")]
    assert bytes(delivery.content) == CONTENT
    assert delivery.prefix.startswith(b"Received: from the edge by mail.example.jp (Machiya)")
    assert delivery.sender == "a@example.com"
    assert state(room, message) is DeliveryState.DELIVERED


async def test_ingest_hands_on_the_very_buffer_it_was_given(room: MailRoom) -> None:
    message = replace(room.message(), content=bytearray(CONTENT))
    await room.take(message)
    assert room.store.copies[EmailAddress.parse("taro@example.jp")][0].content is message.content


async def test_ingest_says_already_the_second_time(room: MailRoom) -> None:
    message = room.message()
    await room.take(message)
    assert await room.take(message) == ALREADY
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_refuses_other_bytes_under_a_known_id(room: MailRoom) -> None:
    message = room.message()
    await room.take(message)
    assert await room.take(replace(message, md5=OTHER_BYTES)) == MISMATCH
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_refuses_other_bytes_for_an_unknown_recipient_too(room: MailRoom) -> None:
    message = room.message("nobody@example.jp")
    await room.take(message)
    assert await room.take(replace(message, md5=OTHER_BYTES)) == MISMATCH


async def test_ingest_of_one_id_twenty_times_at_once_stores_once(room: MailRoom) -> None:
    message = room.message()
    answers = Counter([answer.code for answer in await asyncio.gather(*(room.take(message) for _ in range(20)))])
    assert answers == {"delivered": 1, "being_delivered": 19}
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_of_one_id_at_once_in_two_processes_stores_once(room: MailRoom) -> None:
    other = MailRoom(clock=room.clock, store=room.store, ledger=room.ledger)
    message = room.message()
    answers = await asyncio.gather(*(part.take(message) for part in (room, other) * 10))
    assert Counter(answer.code for answer in answers) == {"delivered": 1, "being_delivered": 19}
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_of_different_ids_at_once_stores_each(room: MailRoom) -> None:
    messages = [room.message() for _ in range(20)]
    answers = await asyncio.gather(*(room.take(message) for message in messages))
    assert set(answers) == {CREATED}
    assert room.store.count("taro@example.jp") == 20


async def test_ingest_is_busy_while_a_killed_process_holds_the_lease(room: MailRoom) -> None:
    message = room.message()
    room.store.faults.append(Fault.KILLED_BEFORE)
    with pytest.raises(Killed):
        await room.take(message)
    room.restart()
    room.clock.move(seconds=LEASE_SECONDS - 1)
    assert await room.take(message) == BUSY
    assert room.store.asked == []


@pytest.mark.parametrize(("fault", "calls"), [(Fault.KILLED_BEFORE, 2), (Fault.KILLED_AFTER, 1)])
async def test_ingest_asks_the_store_when_a_lease_has_ended(room: MailRoom, fault: Fault, calls: int) -> None:
    message = room.message()
    room.store.faults.append(fault)
    with pytest.raises(Killed):
        await room.take(message)
    room.restart()
    room.clock.move(seconds=LEASE_SECONDS)
    assert await room.take(message) == CREATED
    assert room.store.asked == [EmailAddress.parse("taro@example.jp")]
    assert len(room.store.calls) == calls
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_answers_created_only_after_the_ledger_is_written(room: MailRoom) -> None:
    message = room.message()
    room.ledger.faults.extend([None, Fault.DOWN])
    with pytest.raises(Unavailable):
        await room.take(message)
    room.clock.move(seconds=LEASE_SECONDS)
    assert await room.take(message) == CREATED
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_stores_nothing_without_a_ledger(room: MailRoom) -> None:
    room.ledger.faults.append(Fault.DOWN)
    with pytest.raises(Unavailable):
        await room.take(room.message())
    assert room.store.calls == []


async def test_ingest_slower_than_its_lease_is_not_overtaken(room: MailRoom) -> None:
    message, room.store.gate = room.message(), asyncio.Event()
    slow = asyncio.create_task(room.take(message))
    await room.store.entered.wait()
    room.clock.move(seconds=LEASE_SECONDS + 1)
    assert await room.take(message) == BUSY
    room.store.gate.set()
    assert await slow == CREATED
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_cancelled_while_storing_keeps_its_lease(room: MailRoom) -> None:
    message, room.store.gate = room.message(), asyncio.Event()
    stopped = asyncio.create_task(room.take(message))
    await room.store.entered.wait()
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    room.store.gate.set()
    assert await room.take(message) == BUSY
    room.clock.move(seconds=LEASE_SECONDS)
    assert await room.take(message) == CREATED
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_of_an_alias_stores_one_copy_for_each(team: MailRoom) -> None:
    assert await team.take(team.message("team@example.jp")) == CREATED
    assert [team.store.count(mailbox) for mailbox in TEAM] == [1, 1, 1]
    assert len(team.store.calls) == 1


@pytest.mark.parametrize("failing", TEAM)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (StoreStatus.TEMPORARY, (AnswerStatus.NOT_NOW, "mailbox_unavailable")),
        (StoreStatus.OVER_QUOTA, (AnswerStatus.NOT_NOW, "over_quota")),
        (StoreStatus.PERMANENT, (AnswerStatus.NEVER, "store_refused")),
    ],
)
async def test_ingest_delivers_only_what_is_missing_on_retry(
    team: MailRoom, failing: str, status: StoreStatus, expected: tuple[AnswerStatus, str]
) -> None:
    message = team.message("team@example.jp")
    team.store.outcomes[failing] = StoreOutcome(status, "no")
    answer = await team.take(message)
    assert (answer.status, answer.code) == expected
    assert failing in answer.detail
    team.store.outcomes.clear()
    assert await team.take(message) == CREATED
    assert team.store.calls[-1] == (EmailAddress.parse(failing),)
    assert [team.store.count(mailbox) for mailbox in TEAM] == [1, 1, 1]
    assert await team.take(message) == ALREADY


async def test_ingest_after_a_kill_finds_the_copies_that_were_stored(team: MailRoom) -> None:
    message = team.message("team@example.jp")
    team.store.outcomes[TEAM[1]] = StoreOutcome(StoreStatus.TEMPORARY, "no")
    team.store.faults.append(Fault.KILLED_AFTER)
    with pytest.raises(Killed):
        await team.take(message)
    team.restart()
    team.clock.move(seconds=LEASE_SECONDS)
    team.store.outcomes.clear()
    assert await team.take(message) == CREATED
    assert team.store.calls[-1] == (EmailAddress.parse(TEAM[1]),)
    assert [team.store.count(mailbox) for mailbox in TEAM] == [1, 1, 1]


async def test_ingest_gives_the_lease_back_at_once_when_the_store_is_down(room: MailRoom) -> None:
    message = room.message()
    room.store.faults.append(Fault.DOWN)
    with pytest.raises(StoreUnavailable):
        await room.take(message)
    assert reason(room, message) == "store_unavailable: the fake store is down"
    assert await room.take(message) == CREATED
    assert room.store.count("taro@example.jp") == 1


@pytest.mark.parametrize(("fault", "calls"), [(Fault.LOST_BEFORE, 2), (Fault.LOST_AFTER, 1)])
async def test_ingest_keeps_the_lease_when_the_outcome_is_unknown(room: MailRoom, fault: Fault, calls: int) -> None:
    message = room.message()
    room.store.faults.append(fault)
    with pytest.raises(StoreOutcomeUnknown):
        await room.take(message)
    assert await room.take(message) == BUSY
    assert reason(room, message) == "store_outcome_unknown: the fake store went away"
    assert room.kinds(message)["delivery.deferred"] == 1
    room.clock.move(seconds=LEASE_SECONDS)
    assert await room.take(message) == CREATED
    assert len(room.store.calls) == calls
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_waits_when_the_store_cannot_say_what_it_has(room: MailRoom) -> None:
    message = room.message()
    room.store.faults.append(Fault.LOST_AFTER)
    with pytest.raises(StoreOutcomeUnknown):
        await room.take(message)
    room.clock.move(seconds=LEASE_SECONDS)
    room.store.contains_down = True
    with pytest.raises(StoreUnavailable):
        await room.take(message)
    room.store.contains_down = False
    assert await room.take(message) == CREATED
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_does_not_believe_a_store_that_forgets_a_mailbox(
    team: MailRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgetful(*_: object) -> dict[EmailAddress, StoreOutcome]:
        return {EmailAddress.parse(TEAM[0]): StoreOutcome(StoreStatus.STORED)}

    monkeypatch.setattr(team.store, "store", forgetful)
    with pytest.raises(StoreOutcomeUnknown):
        await team.take(team.message("team@example.jp"))


async def test_ingest_stores_nothing_unscanned(room: MailRoom) -> None:
    message, room.scanner.down = room.message(), True
    with pytest.raises(ScannerUnavailable):
        await room.take(message)
    assert room.store.calls == []
    assert reason(room, message) == "scanner_unavailable: the fake scanner is down"
    room.scanner.down = False
    assert await room.take(message) == CREATED


async def test_ingest_stores_nothing_that_the_scanner_refuses(room: MailRoom) -> None:
    message, room.scanner.verdict = room.message(), Verdict(Action.REFUSE, ("EICAR", "phishing"))
    answer = await room.take(message)
    assert (answer.status, answer.code) == (AnswerStatus.NEVER, "store_refused")
    assert "EICAR; phishing" in answer.detail
    assert room.store.calls == []
    assert state(room, message) is DeliveryState.DEAD


async def test_ingest_marks_junk_in_the_first_verdict_line(room: MailRoom) -> None:
    content = b"X-Machiya-Verdict: clean\r\n" + CONTENT
    message, room.scanner.verdict = room.message(content=content), Verdict(Action.JUNK, ("score 7.0 of 15.0", "BULK"))
    assert await room.take(message) == CREATED
    (delivery,) = room.store.copies[EmailAddress.parse("taro@example.jp")]
    assert delivery.junk
    assert b"X-Machiya-Verdict: junk;\r\n\tscore 7.0 of 15.0;\r\n\tBULK\r\nX-Spam: Yes\r\n" in delivery.prefix
    assert bytes(delivery.content) == content


async def test_ingest_sets_aside_what_is_for_the_quarantine(team: MailRoom) -> None:
    message, team.scanner.verdict = team.message("team@example.jp"), Verdict(Action.QUARANTINE, ("virus Eicar",))
    answer = await team.take(message)
    assert (answer.status, answer.code) == (AnswerStatus.CREATED, "quarantined")
    assert team.store.calls == []
    assert team.quarantine.files == {message.delivery_id: CONTENT}
    item = team.ledger.data.quarantine[message.delivery_id]
    assert ([str(mailbox) for mailbox in item.mailboxes], item.reasons) == (list(TEAM), ("virus Eicar",))
    assert (item.sender, item.recipient, item.subject) == ("a@example.com", "team@example.jp", "hi")
    assert state(team, message) is DeliveryState.QUARANTINED
    assert team.kinds(message) == {"house.received": 1, "mailbox.quarantined": 3}
    assert await team.take(message) == ALREADY


async def test_ingest_answers_503_when_the_quarantine_takes_nothing(room: MailRoom) -> None:
    message, room.scanner.verdict = room.message(), Verdict(Action.QUARANTINE, ("virus Eicar",))
    room.quarantine.faults.append(Fault.DOWN)
    with pytest.raises(StoreUnavailable):
        await room.take(message)
    assert room.ledger.data.quarantine == {}
    assert (await room.take(message)).code == "quarantined"


async def test_ingest_writes_the_row_of_the_quarantine_with_the_ledger_or_not_at_all(room: MailRoom) -> None:
    message, room.scanner.verdict = room.message(), Verdict(Action.QUARANTINE, ("virus Eicar",))
    room.ledger.faults.extend([None, Fault.DOWN])
    with pytest.raises(Unavailable):
        await room.take(message)
    assert room.ledger.data.quarantine == {}
    room.clock.move(seconds=LEASE_SECONDS)
    assert (await room.take(message)).code == "quarantined"
    assert list(room.ledger.data.quarantine) == [message.delivery_id]


@pytest.mark.parametrize("refusal", list(RefusalReason))
async def test_ingest_refuses_for_good_with_the_reason_as_code(room: MailRoom, refusal: RefusalReason) -> None:
    room.directory.refusals["x@example.jp"] = refusal
    message = room.message("x@example.jp")
    answer = await room.take(message)
    assert (answer.status, answer.code) == (AnswerStatus.NEVER, str(refusal))
    assert answer.detail.startswith("x@example.jp: ")
    assert state(room, message) is DeliveryState.DEAD
    assert room.kinds(message) == {"house.received": 1, "delivery.dead": 1}
    assert room.store.calls == []
    assert room.scanner.scanned == []


@pytest.mark.parametrize(
    "recipient", ["", "postmaster", "hostmaster", "a@[192.0.2.1]", "a\r\nDATA@example.jp", "a" * 300 + "@b.jp"]
)
async def test_ingest_of_an_address_that_is_none_is_an_unknown_recipient(room: MailRoom, recipient: str) -> None:
    answer = await room.take(room.message(recipient))
    assert (answer.status, answer.code) == (AnswerStatus.NEVER, "unknown_recipient")


@pytest.mark.parametrize("recipient", ["postmaster", "Postmaster", "POSTMASTER"])
async def test_ingest_takes_mail_for_postmaster_without_a_domain(room: MailRoom, recipient: str) -> None:
    room.directory.table["postmaster@example.jp"] = ("taro@example.jp",)
    assert await room.take(room.message(recipient)) == CREATED
    assert room.store.count("taro@example.jp") == 1


async def test_ingest_never_says_created_for_an_alias_to_nobody(room: MailRoom) -> None:
    room.directory.table["empty@example.jp"] = ()
    answer = await room.take(room.message("empty@example.jp"))
    assert (answer.status, answer.code) == (AnswerStatus.NEVER, "unknown_recipient")


@pytest.mark.parametrize(
    "field",
    [
        b"Received: from x\r\n" * 51,
        b"X-Machiya-Delivery: y\r\n" * 5,
        b"X-Machiya-Delivery: y\r\n" + b"X-Machiya-Passed: y\r\n" * 4,
    ],
)
async def test_ingest_stops_a_loop(room: MailRoom, field: bytes) -> None:
    answer = await room.take(room.message(content=field + CONTENT))
    assert (answer.status, answer.code) == (AnswerStatus.NEVER, "mail_loop")
    assert room.store.calls == []


async def test_ingest_delivers_a_dead_letter_once_the_mailbox_exists(room: MailRoom) -> None:
    message = room.message("new@example.jp")
    assert (await room.take(message)).status is AnswerStatus.NEVER
    room.directory.table["new@example.jp"] = ("new@example.jp",)
    assert await room.take(message) == CREATED
    assert state(room, message) is DeliveryState.DELIVERED
    assert reason(room, message) == ""
    assert room.store.count("new@example.jp") == 1


async def test_ingest_of_a_retried_dead_letter_that_meets_an_ill_house_is_pending(room: MailRoom) -> None:
    message = room.message("new@example.jp")
    await room.take(message)
    room.directory.table["new@example.jp"] = ("new@example.jp",)
    room.store.faults.append(Fault.DOWN)
    with pytest.raises(StoreUnavailable):
        await room.take(message)
    assert state(room, message) is DeliveryState.PENDING


async def test_ingest_of_a_delivered_message_stays_delivered_when_its_mailbox_goes(room: MailRoom) -> None:
    message = room.message()
    await room.take(message)
    room.directory.table.clear()
    assert await room.take(message) == ALREADY
    assert state(room, message) is DeliveryState.DELIVERED


async def test_ingest_does_not_bury_what_is_being_delivered(room: MailRoom) -> None:
    message = room.message()
    room.store.faults.append(Fault.KILLED_AFTER)
    with pytest.raises(Killed):
        await room.take(message)
    room.restart()
    room.directory.table.clear()
    assert await room.take(message) == BUSY
    room.clock.move(seconds=LEASE_SECONDS)
    assert (await room.take(message)).status is AnswerStatus.NEVER


async def test_ingest_counts_attempts_of_a_dead_letter(room: MailRoom) -> None:
    message = room.message("nobody@example.jp")
    for _ in range(3):
        await room.take(message)
    attempts = [event.detail["attempt"] for event in room.ledger.data.events if event.kind == "house.received"]
    assert attempts == [1, 2, 3]


async def test_ingest_tells_the_journey(team: MailRoom) -> None:
    team.clock.move(seconds=0)
    message = team.message("team@example.jp")
    team.clock.move(seconds=90)
    team.store.outcomes[TEAM[1]] = StoreOutcome(StoreStatus.OVER_QUOTA, "full")
    await team.take(message)
    received, *mailboxes = team.ledger.data.events
    assert received.detail["held_seconds"] == 90
    assert received.detail["path"] == [f"team@example.jp -> {', '.join(TEAM)}"]
    assert received.detail["verdict"] == {"action": "accept", "reasons": [], "scanned": True}
    assert [event.kind for event in mailboxes] == ["mailbox.stored", "mailbox.over_quota", "mailbox.stored"]


async def test_ingest_bounds_the_trace_of_a_message_that_waits(room: MailRoom) -> None:
    message = room.message()
    for attempt in range(1000):
        # The detail differs each time, as session names in replies do.
        room.store.outcomes["taro@example.jp"] = StoreOutcome(StoreStatus.TEMPORARY, f"session {attempt}")
        await room.take(message)
        room.clock.move(seconds=60)
    assert room.ledger.data.deliveries[message.delivery_id].attempts == 1000
    assert room.kinds(message)["mailbox.deferred"] == 10  # attempts 1, 2, 4 … 512


async def test_ingest_bounds_the_trace_of_an_ill_house(room: MailRoom) -> None:
    message = room.message()
    for _ in range(100):
        room.store.faults.append(Fault.DOWN)
        with pytest.raises(StoreUnavailable):
            await room.take(message)
    assert room.kinds(message)["delivery.deferred"] == 7  # attempts 1, 2, 4 … 64


async def test_ingest_always_tells_the_end_of_the_journey(room: MailRoom) -> None:
    message = room.message()
    for _ in range(2):
        room.store.faults.append(Fault.KILLED_BEFORE)
        with pytest.raises(Killed):
            await room.take(message)
        room.restart()
        room.clock.move(seconds=LEASE_SECONDS)
    assert await room.take(message) == CREATED
    assert room.kinds(message)["mailbox.stored"] == 1


async def test_ingest_remembers_what_the_trace_needs(room: MailRoom) -> None:
    message = room.message()
    await room.take(message)
    record = room.ledger.data.deliveries[message.delivery_id]
    assert (record.subject, record.message_id, record.header_from) == ("hi", "m1@example.com", "a@example.com")
    assert (record.sender, record.recipient, record.size_bytes) == ("a@example.com", "taro@example.jp", len(CONTENT))


async def test_ingest_stores_no_subject_where_the_owner_says_so() -> None:
    room = MailRoom(rules=IngestRules(hostname="mail.example.jp", store_subjects=False))
    message = room.message()
    await room.take(message)
    assert room.ledger.data.deliveries[message.delivery_id].subject is None


async def test_ingest_uses_the_lease_of_the_owner() -> None:
    room = MailRoom(rules=IngestRules(hostname="mail.example.jp", lease=timedelta(seconds=5)))
    message = room.message()
    room.store.faults.append(Fault.KILLED_BEFORE)
    with pytest.raises(Killed):
        await room.take(message)
    room.restart()
    (entry,) = room.ledger.data.entries.values()
    assert entry.state is EntryState.DELIVERING
    room.clock.move(seconds=5)
    assert await room.take(message) == CREATED


async def test_ingest_reads_the_accounts_again_before_it_calls_anybody_unknown(room: MailRoom) -> None:
    room.directory.news = {"new@example.jp": ("taro@example.jp",)}
    assert await room.take(room.message("new@example.jp")) == CREATED


async def test_ingest_calls_nobody_unknown_while_the_accounts_cannot_be_read(room: MailRoom) -> None:
    room.directory.ill = True
    message = room.message("new@example.jp")
    with pytest.raises(Unavailable):
        await room.take(message)
    assert message.delivery_id not in room.ledger.data.deliveries
