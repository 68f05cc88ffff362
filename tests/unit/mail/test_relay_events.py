from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from fakes.moving_clock import MovingClock
from fakes.outgoing_book import FakeOutgoingBook
from machiya.core.errors import Unauthorized
from machiya.mail.outgoing import RelayEvent, RelayEventKind
from machiya.mail.relay_events import take_events

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


@dataclass
class Webhook:
    """Signs with one word."""

    def verify(self, timestamp: str, body: bytes, signature: str) -> bool:
        return bool(timestamp and body) and signature == "good"

    def read(self, body: bytes) -> tuple[RelayEvent, ...]:
        return (RelayEvent(body.decode(), "m1@home.test", "x@example.org", NOW, RelayEventKind.BOUNCED),)


def take(book: FakeOutgoingBook, timestamp: str = str(SECONDS), signature: str = "good") -> int:
    return take_events(Webhook(), book, MovingClock(NOW), timestamp=timestamp, signature=signature, body=b"e1")


def test_take_events_takes_each_event_once() -> None:
    book = FakeOutgoingBook()
    assert [take(book), take(book)] == [1, 0]
    assert len(book.due_notices(9)) == 1


@pytest.mark.parametrize("age", [-299, 0, 26 * 3600])
def test_take_events_waits_out_a_day_of_repetitions(age: int) -> None:
    assert take(FakeOutgoingBook(), str(SECONDS - age)) == 1


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [
        (str(SECONDS), "bad"),
        (str(SECONDS), ""),
        (str(SECONDS - 26 * 3600 - 1), "good"),
        (str(SECONDS + 301), "good"),
        ("", "good"),
        ("now", "good"),
        ("-5", "good"),
        ("\u0661\u0662", "good"),
        ("9" * 12, "good"),
        ("9" * 40, "good"),
    ],
)
def test_take_events_refuses_what_is_unsigned_or_out_of_time(timestamp: str, signature: str) -> None:
    book = FakeOutgoingBook()
    with pytest.raises(Unauthorized):
        take(book, timestamp, signature)
    assert book.said == {}
