"""The journey of a delivery in plain words."""

import pytest

from fakes.ledger import FakeTraceReader
from fakes.mail_room import Fault, MailRoom
from machiya.core.errors import NotFound
from machiya.mail.model import DeliveryState, InboundMessage, StoreOutcome, StoreStatus, TraceEvent, Verdict
from machiya.mail.model import VerdictAction as Action
from machiya.mail.ports import StoreUnavailable
from machiya.mail.trace import find_journeys


@pytest.fixture
def room() -> MailRoom:
    return MailRoom()


def told(room: MailRoom, message: InboundMessage) -> list[str]:
    reader = FakeTraceReader(room.ledger.data)
    (journey,) = find_journeys(reader, message.delivery_id, since=None, limit=10)
    return [step.text for step in journey.steps]


async def test_find_journeys_tells_a_delivery_from_the_edge_to_the_mailbox(room: MailRoom) -> None:
    message = room.message()
    room.clock.move(seconds=2)
    await room.take(message)
    assert told(room, message) == [
        "accepted at the edge for taro@example.jp (73 bytes)",
        "came home after 2.0 s at the edge; taro@example.jp -> taro@example.jp; verdict accept",
        "stored for taro@example.jp: in memory",
    ]


async def test_find_journeys_tells_each_attempt(room: MailRoom) -> None:
    message = room.message()
    room.store.faults.append(Fault.DOWN)
    with pytest.raises(StoreUnavailable):
        await room.take(message)
    room.store.outcomes["taro@example.jp"] = StoreOutcome(StoreStatus.OVER_QUOTA, "full")
    await room.take(message)
    steps = told(room, message)
    assert (
        steps[2] == "the house was ill (store_unavailable: the fake store is down); the edge keeps it and tries again"
    )
    assert ", attempt 2" in steps[3]
    assert steps[4] == "taro@example.jp is over its quota: full; the edge keeps it"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (StoreStatus.TEMPORARY, "not yet for taro@example.jp: as told; the edge keeps it and tries again"),
        (StoreStatus.PERMANENT, "the store refused it for taro@example.jp: as told"),
    ],
)
async def test_find_journeys_tells_what_the_store_said(room: MailRoom, status: StoreStatus, sentence: str) -> None:
    message = room.message()
    room.store.outcomes["taro@example.jp"] = StoreOutcome(status, "as told")
    await room.take(message)
    assert told(room, message)[-1] == sentence


async def test_find_journeys_tells_why_a_message_is_dead(room: MailRoom) -> None:
    message = room.message("nobody@example.jp")
    await room.take(message)
    assert told(room, message)[-1].startswith("dead letter: unknown_recipient: nobody@example.jp: no mailbox")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(Action.ACCEPT, scanned=False), "; not scanned"),
        (Verdict(Action.JUNK, ("GTUBE", "SPF")), "; verdict junk (GTUBE, SPF)"),
    ],
)
async def test_find_journeys_tells_the_verdict(room: MailRoom, verdict: Verdict, words: str) -> None:
    message, room.scanner.verdict = room.message(), verdict
    await room.take(message)
    assert told(room, message)[1].endswith(words)


async def test_find_journeys_shows_an_event_it_does_not_know_by_its_name(room: MailRoom) -> None:
    message = room.message()
    await room.take(message)
    room.ledger.data.events.append(TraceEvent(message.delivery_id, room.clock.now(), "later.thing"))
    assert told(room, message)[-1] == "later.thing"


@pytest.mark.parametrize("query", ["m1@example.com", "<m1@example.com>", "TARO@example.jp", "a@example.com", ""])
async def test_find_journeys_finds_by_everything_a_person_knows(room: MailRoom, query: str) -> None:
    await room.take(room.message())
    (journey,) = find_journeys(FakeTraceReader(room.ledger.data), query, since=None, limit=10)
    assert journey.record.state is DeliveryState.DELIVERED


def test_find_journeys_says_where_else_to_look(room: MailRoom) -> None:
    with pytest.raises(NotFound) as caught:
        find_journeys(FakeTraceReader(room.ledger.data), "nobody@example.jp", since=None, limit=10)
    assert "machiya edge status" in caught.value.hint


def test_find_journeys_of_everything_may_be_empty(room: MailRoom) -> None:
    assert find_journeys(FakeTraceReader(room.ledger.data), "", since=None, limit=10) == ()
