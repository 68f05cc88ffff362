"""The way out in plain words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from fakes.outgoing_book import FakeOutgoingBook
from machiya.mail.outgoing import (
    LogPosition,
    OutgoingEvent,
    OutgoingFacts,
    OutgoingKind,
    RelayEvent,
    RelayEventKind,
)
from machiya.mail.outgoing_trace import OutgoingJourney, find_outgoing

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
X = "x@example.org"

Told = tuple[OutgoingKind, str, dict[str, object]]
SUBMITTED: Told = (OutgoingKind.SUBMITTED, "", {"login": "taro@home.test"})
QUEUED: Told = (OutgoingKind.QUEUED, "", {"size": 812, "recipients": 1})
RELAYED: Told = (OutgoingKind.RELAYED, X, {"relay": "relay.test[1]:587", "text": "250 OK"})
DEFERRED: Told = (OutgoingKind.DEFERRED, X, {"text": "451 later"})
BOUNCED: Told = (OutgoingKind.BOUNCED, X, {"text": "550 no"})


def journey(happened: Sequence[Told], said: Sequence[RelayEventKind] = ()) -> OutgoingJourney:
    book = FakeOutgoingBook()
    events = [
        OutgoingEvent(str(number), "4dQ1", NOW, kind, to, detail, number)
        for number, (kind, to, detail) in enumerate(happened)
    ]
    facts = [OutgoingFacts("4dQ1", NOW, "m1@home.test", "taro@home.test", event=event) for event in events]
    book.take_log(facts, LogPosition("f", 1))
    later = NOW + timedelta(minutes=1)
    words = [RelayEvent(f"e{n}", "m1@home.test", "X@example.org", later, kind, "words") for n, kind in enumerate(said)]
    book.take_relay_events(words, later)
    (found,) = find_outgoing(book, "<m1@home.test>", since=None, limit=9)
    return found


def test_find_outgoing_tells_a_message_from_its_sender_to_the_recipients_server() -> None:
    found = journey([SUBMITTED, QUEUED, RELAYED], [RelayEventKind.PROCESSED, RelayEventKind.DELIVERED])
    assert found.state == "delivered"
    assert [step.text for step in found.steps] == [
        "submitted by taro@home.test",
        "in the queue for 1 recipient (812 bytes)",
        f"taken over by the relay relay.test[1]:587 for {X}: 250 OK",
        "the relay is sending it to X@example.org: words",
        "delivered: the server of X@example.org has it: words",
    ]


def test_find_outgoing_names_recipients_as_their_sender_wrote_them() -> None:
    behind: Told = (OutgoingKind.STORED, "taro@home.test", {"asked": "sales@home.test"})
    other: Told = (OutgoingKind.STORED, "jiro@home.test", {"asked": "sales@home.test"})
    assert journey([SUBMITTED, QUEUED, DEFERRED, behind, other, RELAYED]).recipients == (X, "sales@home.test")
    assert journey([SUBMITTED, QUEUED]).recipients == ()


@pytest.mark.parametrize(
    ("happened", "said", "state"),
    [
        ([SUBMITTED, QUEUED], [], "queued"),
        ([QUEUED, DEFERRED], [], "deferred"),
        ([QUEUED, DEFERRED, RELAYED], [], "relayed"),
        ([QUEUED, BOUNCED], [], "bounced"),
        ([RELAYED], [RelayEventKind.BOUNCED], "bounced"),
        ([RELAYED], [RelayEventKind.DROPPED], "bounced"),
        ([RELAYED], [RelayEventKind.DEFERRED], "relayed"),
        ([RELAYED], [RelayEventKind.COMPLAINED], "delivered"),
        ([QUEUED, DEFERRED, (OutgoingKind.HELD, "", {})], [], "held"),
        ([SUBMITTED, (OutgoingKind.REFUSED, "", {"text": "spam"})], [], "refused"),
        ([(OutgoingKind.STORED, "you@home.test", {}), RELAYED], [], "relayed"),
        ([(OutgoingKind.STORED, "you@home.test", {}), DEFERRED], [], "deferred"),
        ([(OutgoingKind.STORED, "you@home.test", {})], [RelayEventKind.BOUNCED], "delivered"),
    ],
)
def test_state_is_the_worst_that_is_still_so(happened: list[Told], said: list[RelayEventKind], state: str) -> None:
    assert journey(happened, said).state == state


def test_every_kind_of_event_has_its_sentence() -> None:
    told = [step.text for step in journey([(kind, X, {}) for kind in OutgoingKind], list(RelayEventKind)).steps]
    assert len(set(told)) == len(OutgoingKind) + len(RelayEventKind)
    assert "handed in by the mail store (vacation or forward)" in told


def test_find_outgoing_of_nothing_is_empty() -> None:
    assert find_outgoing(FakeOutgoingBook(), "x@example.org", since=None, limit=9) == ()
