"""An owner sees the own part of journeys, and nothing of the others'."""

from datetime import UTC, datetime, timedelta

import pytest

from fakes.ledger import FakeTraceReader
from fakes.mail_room import FakeDirectory, MailRoom
from fakes.outgoing_book import FakeOutgoingBook
from machiya.core.addresses import EmailAddress
from machiya.mail.model import StoreOutcome, StoreStatus
from machiya.mail.outgoing import LogPosition, OutgoingEvent, OutgoingFacts, OutgoingKind
from machiya.mail.own_trace import own_journeys, own_outgoing
from machiya.mail.trace import Journey

TARO, JIRO = map(EmailAddress.parse, ("taro@example.jp", "jiro@example.jp"))
TABLE = {"team@example.jp": (str(TARO), str(JIRO)), str(TARO): (str(TARO),), str(JIRO): (str(JIRO),)}
BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def room() -> MailRoom:
    return MailRoom(directory=FakeDirectory(dict(TABLE)))


def seen(room: MailRoom, mailbox: EmailAddress, **wanted: object) -> tuple[Journey, ...]:
    created_at = wanted.pop("created_at", BEFORE)
    return own_journeys(FakeTraceReader(room.ledger.data), mailbox, created_at, **wanted)  # type: ignore[arg-type]


def words(journeys: tuple[Journey, ...]) -> str:
    return "\n".join(step.text for journey in journeys for step in journey.steps)


async def test_own_journeys_tell_nothing_of_others_behind_an_alias(room: MailRoom) -> None:
    room.store.outcomes[str(JIRO)] = StoreOutcome(StoreStatus.OVER_QUOTA, "jiro is full")
    await room.take(room.message("team@example.jp"))
    told = words(seen(room, TARO))
    assert "stored for taro@example.jp" in told
    assert "jiro" not in told


async def test_own_journeys_are_not_those_of_another(room: MailRoom) -> None:
    await room.take(room.message(str(JIRO)))
    assert seen(room, TARO) == ()


async def test_own_journeys_are_not_what_somebody_sent_under_the_address(room: MailRoom) -> None:
    await room.take(room.message(str(JIRO), sender=str(TARO)))
    assert seen(room, TARO) == ()
    assert len(seen(room, JIRO)) == 1


@pytest.mark.parametrize(("text", "count"), [("", 1), ("A@EXAMPLE", 1), ("taro", 1), ("nobody", 0)])
async def test_own_journeys_are_found_by_a_part_of_what_they_say(room: MailRoom, text: str, count: int) -> None:
    await room.take(room.message(str(TARO)))
    assert len(seen(room, TARO, text=text)) == count


async def test_own_journeys_end_before_until(room: MailRoom) -> None:
    await room.take(room.message(str(TARO)))
    (journey,) = seen(room, TARO)
    assert seen(room, TARO, until=journey.record.first_seen_at) == ()


async def test_own_journeys_are_found_while_no_mailbox_has_them(room: MailRoom) -> None:
    room.store.outcomes[str(TARO)] = StoreOutcome(StoreStatus.TEMPORARY, "as told")
    await room.take(room.message("Taro@example.jp"))
    assert len(seen(room, TARO)) == 1


async def test_own_journeys_begin_with_the_mailbox(room: MailRoom) -> None:
    await room.take(room.message(str(TARO)))
    (journey,) = seen(room, TARO)
    came = journey.record.first_seen_at
    assert len(seen(room, TARO, created_at=came)) == 1
    assert seen(room, TARO, created_at=came + INSTANT) == ()
    assert seen(room, TARO, created_at=came + INSTANT, since=came - INSTANT) == ()


def test_who_is_behind_an_alias_is_not_told_to_whoever_writes_to_it() -> None:
    book, at = FakeOutgoingBook(), datetime(2026, 11, 23, 10, tzinfo=UTC)
    for number, behind in enumerate((str(JIRO), "hanako@example.jp")):
        detail = {"asked": "team@example.jp", "text": f"250 2.0.0 <{behind.title()}> 3x:{number} Saved"}
        event = OutgoingEvent(f"k{number}", "q", at, OutgoingKind.STORED, behind, detail)
        book.take_log((OutgoingFacts("q", at, login=str(TARO), event=event),), LogPosition())
    (journey,) = own_outgoing(book, TARO, BEFORE)
    assert [step.text for step in journey.steps] == ["stored for team@example.jp in this house"]


def test_what_was_sent_before_the_mailbox_was_made_is_not_told() -> None:
    book, at = FakeOutgoingBook(), datetime(2026, 11, 23, 10, tzinfo=UTC)
    for number, moment in enumerate((at - INSTANT, at)):
        detail = {"login": str(TARO)}
        event = OutgoingEvent(f"k{number}", f"q{number}", moment, OutgoingKind.SUBMITTED, "", detail)
        book.take_log((OutgoingFacts(f"q{number}", moment, login=str(TARO), event=event),), LogPosition())
    assert [journey.message.queue_id for journey in own_outgoing(book, TARO, BEFORE)] == ["q1", "q0"]
    assert [journey.message.queue_id for journey in own_outgoing(book, TARO, at)] == ["q1"]
