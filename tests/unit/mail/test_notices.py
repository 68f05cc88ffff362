"""Each failure is told once, to whoever sent the message."""

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.moving_clock import MovingClock
from fakes.outgoing_book import FakeOutgoingBook
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable
from machiya.mail.answers import ALREADY, BUSY, CREATED, Answer, AnswerStatus
from machiya.mail.model import InboundMessage
from machiya.mail.notices import NOTICES_AT_ONCE, RETRY_AFTER, Notices
from machiya.mail.outgoing import DueNotice, LogPosition, NoticeState, OutgoingFacts, RelayEvent, RelayEventKind

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OWNER = EmailAddress.parse("owner@home.test")


@dataclass
class WayIn:
    """``Ingest`` in short: ``answer`` for everything."""

    answer: Answer = CREATED
    ill: bool = False
    taken: list[InboundMessage] = field(default_factory=list)

    async def __call__(self, message: InboundMessage) -> Answer:
        if self.ill:
            raise Unavailable("the store is ill")
        self.taken.append(message)
        return self.answer


@dataclass
class Room:
    book: FakeOutgoingBook = field(default_factory=FakeOutgoingBook)
    way_in: WayIn = field(default_factory=WayIn)
    clock: MovingClock = field(default_factory=lambda: MovingClock(NOW))

    def notices(self, owner: EmailAddress | None = OWNER) -> Notices:
        return Notices(self.book, self.way_in, self.clock, hostname="mail.home.test", owner=owner)

    def bounce(self, message_id: str = "m1@home.test") -> None:
        event = RelayEvent("e1", message_id, "x@example.org", NOW, RelayEventKind.BOUNCED, "550 no")
        self.book.take_relay_events([event], self.clock.now())

    def sent(self, queue_id: str = "4dQ1", at: datetime = NOW, **facts: str) -> None:
        known = {"message_id": "m1@home.test", "sender": "sales@home.test", "login": "taro@home.test", **facts}
        self.book.take_log([OutgoingFacts(queue_id, at, **known)], LogPosition("f", 1))  # type: ignore[arg-type]

    @property
    def readers(self) -> list[str]:
        return [message.envelope.recipient for message in self.way_in.taken]


@pytest.fixture
def room() -> Room:
    return Room()


async def test_deliver_tells_the_one_who_logged_in_once(room: Room) -> None:
    room.sent()
    room.bounce()
    assert await room.notices().deliver() == (1, 0)
    assert await room.notices().deliver() == (0, 0)
    assert room.readers == ["taro@home.test"]
    assert room.way_in.taken[0].envelope.sender == ""
    assert b"550 no" in bytes(room.way_in.taken[0].content)


async def test_deliver_tells_the_sender_where_nobody_logged_in(room: Room) -> None:
    room.sent(login="")
    room.bounce()
    await room.notices().deliver()
    assert room.readers == ["sales@home.test"]


async def test_deliver_waits_for_the_log_and_then_tells_the_owner(room: Room) -> None:
    room.bounce("unheard-of@home.test")
    assert await room.notices().deliver() == (0, 0)
    room.clock.move(seconds=3601)
    assert await room.notices().deliver() == (1, 0)
    assert room.readers == ["owner@home.test"]


async def test_deliver_says_when_nobody_can_be_told(room: Room) -> None:
    room.bounce("unheard-of@home.test")
    room.clock.move(seconds=3601)
    assert await room.notices(owner=None).deliver() == (0, 1)
    assert room.book.notices == {"e1": NoticeState.FAILED}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (ALREADY, NoticeState.SENT),
        (BUSY, NoticeState.DUE),
        (Answer(AnswerStatus.NOT_NOW, "over_quota"), NoticeState.DUE),
        (Answer(AnswerStatus.NEVER, "unknown_recipient"), NoticeState.FAILED),
    ],
)
async def test_deliver_goes_by_the_answer(room: Room, answer: Answer, state: NoticeState) -> None:
    room.sent()
    room.bounce()
    room.way_in.answer = answer
    await room.notices().deliver()
    assert room.book.notices == {"e1": state}


async def test_deliver_leaves_it_due_while_the_house_is_ill(room: Room) -> None:
    room.sent()
    room.bounce()
    room.way_in.ill = True
    with pytest.raises(Unavailable):
        await room.notices().deliver()
    room.way_in.ill = False
    assert await room.notices().deliver() == (1, 0)


async def test_deliver_of_a_message_sent_twice_takes_the_one_before_the_event(room: Room) -> None:
    room.sent("4dQ1", NOW - timedelta(hours=1), login="one@home.test")
    room.sent("4dQ2", NOW - timedelta(minutes=1), login="two@home.test")
    room.sent("4dQ3", NOW + timedelta(hours=1), login="three@home.test")
    room.bounce()
    await room.notices().deliver()
    assert room.readers == ["two@home.test"]


async def test_deliver_lets_a_full_mailbox_keep_nobody_waiting(room: Room) -> None:
    full = [
        RelayEvent(f"a{number}", "m1@home.test", "x@example.org", NOW, RelayEventKind.BOUNCED)
        for number in range(NOTICES_AT_ONCE)
    ]
    room.sent()
    room.book.take_relay_events(full, NOW)
    notices = room.notices()
    room.way_in.answer = Answer(AnswerStatus.NOT_NOW, "over_quota")
    assert await notices.deliver() == (0, 0)
    room.sent("4dQ2", message_id="m2@home.test", login="jiro@home.test")
    room.clock.move(seconds=1)
    room.book.take_relay_events([replace(full[0], event_id="b", message_id="m2@home.test")], room.clock.now())
    room.way_in.answer = CREATED
    assert await notices.deliver() == (1, 0)
    assert room.readers[-1] == "jiro@home.test"
    room.clock.move(seconds=RETRY_AFTER.total_seconds())
    assert await notices.deliver() == (NOTICES_AT_ONCE, 0)


async def test_deliver_asks_the_book_beside_the_event_loop(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    due = room.book.due_notices

    def slow(limit: int) -> tuple[DueNotice, ...]:
        asked.append(threading.current_thread() is threading.main_thread())
        return due(limit)

    monkeypatch.setattr(room.book, "due_notices", slow)
    room.sent()
    room.bounce()
    assert await room.notices().deliver() == (1, 0)
    assert asked == [False]
