"""What the house may rely on to remember of outgoing mail, whoever keeps it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from contract.conftest import KEEPERS
from fakes.outgoing_book import FakeOutgoingBook
from machiya.adapters.sql.outgoing_book import SqlOutgoingBook
from machiya.mail.outgoing import (
    DueNotice,
    LogPosition,
    NoticeState,
    OutgoingEvent,
    OutgoingFacts,
    OutgoingKind,
    OutgoingMessage,
    RelayEvent,
    RelayEventKind,
)
from machiya.mail.outgoing_ports import OutgoingBook

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HERE = LogPosition("file-1", 100)


@pytest.fixture(params=KEEPERS)
def book(request: pytest.FixtureRequest, empty_database: Callable[[str], Engine]) -> OutgoingBook:
    return FakeOutgoingBook() if request.param == "fake" else SqlOutgoingBook(empty_database(request.param))


def event(queue_id: str = "4dQ1", kind: OutgoingKind = OutgoingKind.RELAYED, **changes: object) -> OutgoingEvent:
    plain = OutgoingEvent(f"{queue_id}-{kind}", queue_id, NOON, kind, "X@Example.org", {"text": "250 改 ok"})
    return replace(plain, **changes)  # type: ignore[arg-type]


def fact(queue_id: str = "4dQ1", **changes: object) -> OutgoingFacts:
    return replace(OutgoingFacts(queue_id, NOON), **changes)  # type: ignore[arg-type]


def word(name: str = "e1", kind: RelayEventKind = RelayEventKind.BOUNCED, **changes: object) -> RelayEvent:
    plain = RelayEvent(name, "m1@home.test", "x@example.org", NOON, kind, "550 no such user", "5.1.1")
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_nothing_is_known_at_first(book: OutgoingBook) -> None:
    assert book.log_position() == LogPosition()
    assert book.search("", since=None, limit=9) == ()
    assert book.due_notices(9) == ()
    assert (book.events("4dQ1"), book.relay_events("m1@home.test")) == ((), ())


def test_take_log_merges_what_several_lines_say(book: OutgoingBook) -> None:
    book.take_log([fact(login="taro@home.test"), fact(message_id="m1@home.test", at=NOON + SECOND)], HERE)
    book.take_log([fact(sender="taro@home.test", size_bytes=812, at=NOON + 2 * SECOND)], LogPosition("file-1", 200))
    expected = OutgoingMessage("4dQ1", NOON, "m1@home.test", "taro@home.test", "taro@home.test", 812)
    assert book.search("", since=None, limit=9) == (expected,)
    assert book.log_position() == LogPosition("file-1", 200)


def test_take_log_again_changes_nothing(book: OutgoingBook) -> None:
    facts = [fact(event=event()), fact(event=event(kind=OutgoingKind.REMOVED, order=7))]
    book.take_log(facts, HERE)
    book.take_log(facts, HERE)
    assert book.events("4dQ1") == (facts[0].event, facts[1].event)


def test_events_of_one_second_keep_the_order_of_the_log(book: OutgoingBook) -> None:
    late, early = event(kind=OutgoingKind.RELAYED, order=20), event(kind=OutgoingKind.SUBMITTED, order=10)
    book.take_log([fact(event=late), fact(event=early)], HERE)
    assert book.events("4dQ1") == (early, late)


@pytest.mark.parametrize(
    "query", ["4dQ1", "m1@home.test", "Taro@HOME.test", "post@home.test", "x@example.org", "X@EXAMPLE.ORG", ""]
)
def test_search_finds_by_everything_a_person_knows(book: OutgoingBook, query: str) -> None:
    told = fact(login="taro@home.test", sender="post@home.test", message_id="m1@home.test", event=event())
    book.take_log([told, fact("4dQ2", at=NOON - SECOND, sender="")], HERE)
    assert book.search(query, since=None, limit=9)[0].queue_id == "4dQ1"
    assert len(book.search(query, since=None, limit=9)) == (2 if not query else 1)
    assert book.search(query, since=NOON + SECOND, limit=9) == ()
    assert book.search("nobody@home.test", since=None, limit=9) == ()


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b", "あ" * 3000])
def test_odd_and_long_text_does_not_fail(book: OutgoingBook, odd: str) -> None:
    book.take_log([fact(message_id=odd, sender=odd, login=odd, event=event(recipient=odd, detail={"t": odd}))], HERE)
    assert book.events("4dQ1")[0].detail == {"t": odd}
    assert book.take_relay_events([word(message_id=odd, recipient=odd, reason=odd, status=odd)], NOON) == 1
    assert len(book.due_notices(9)) == 1


def test_take_relay_events_takes_each_once(book: OutgoingBook) -> None:
    delivered = word("e2", RelayEventKind.DELIVERED, at=NOON - SECOND)
    assert book.take_relay_events([word(), delivered, word()], NOON) == 2
    assert book.take_relay_events([word(reason="again"), word("e3")], NOON + SECOND) == 1
    assert [found.event_id for found in book.relay_events("m1@home.test")] == ["e2", "e1", "e3"]
    assert book.relay_events("m1@home.test")[1] == word()
    assert book.take_relay_events([], NOON) == 0


def test_failures_are_due_until_they_are_settled(book: OutgoingBook) -> None:
    book.take_relay_events([word("e2", RelayEventKind.DROPPED)], NOON + SECOND)
    book.take_relay_events([word(), word("e3", RelayEventKind.DEFERRED), word("e4", RelayEventKind.COMPLAINED)], NOON)
    assert book.due_notices(9) == (
        DueNotice(word(), NOON),
        DueNotice(word("e2", RelayEventKind.DROPPED), NOON + SECOND),
    )
    book.settle_notice("e1", NoticeState.SENT)
    book.take_relay_events([word()], NOON)
    assert [due.event.event_id for due in book.due_notices(9)] == ["e2"]
    book.settle_notice("e2", NoticeState.FAILED)
    assert book.due_notices(9) == ()
    assert len(book.due_notices(0)) == 0
