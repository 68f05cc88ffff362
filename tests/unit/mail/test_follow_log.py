from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from fakes.moving_clock import MovingClock
from fakes.outgoing_book import FakeOutgoingBook
from machiya.core.errors import Unavailable
from machiya.mail.follow_log import PIECES_AT_ONCE, follow_log
from machiya.mail.outgoing import LogPiece, LogPosition, OutgoingEvent, OutgoingFacts, OutgoingKind

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@dataclass
class Log:
    """Two lines a piece."""

    lines: list[str] = field(default_factory=list)

    def read(self, position: LogPosition) -> LogPiece:
        taken = self.lines[position.offset : position.offset + 2]
        where = LogPosition("f" if taken else position.identity, position.offset + len(taken))
        return LogPiece(tuple(enumerate(taken, start=position.offset)), where)


def read_line(line: str, *, now: datetime, order: int) -> OutgoingFacts | None:
    event = OutgoingEvent(line, "4dQ1", now, OutgoingKind.QUEUED, order=order)
    return OutgoingFacts("4dQ1", now, event=event) if line != "noise" else None


def test_follow_log_takes_each_line_once() -> None:
    log, book = Log(["a", "noise", "b"]), FakeOutgoingBook()
    assert follow_log(log, read_line, book, MovingClock(NOW)) == 3
    log.lines.append("c")
    assert follow_log(log, read_line, book, MovingClock(NOW)) == 1
    assert [(event.key, event.order) for event in book.events("4dQ1")] == [("a", 0), ("b", 2), ("c", 3)]
    assert book.log_position() == LogPosition("f", 4)


def test_follow_log_begins_again_where_the_database_failed() -> None:
    log, book = Log(["a", "b", "c"]), FakeOutgoingBook(ill=True)
    with pytest.raises(Unavailable):
        follow_log(log, read_line, book, MovingClock(NOW))
    book.ill = False
    assert follow_log(log, read_line, book, MovingClock(NOW)) == 3


def test_follow_log_leaves_a_long_log_for_the_next_call() -> None:
    log, book = Log([str(number) for number in range(2 * PIECES_AT_ONCE + 1)]), FakeOutgoingBook()
    assert follow_log(log, read_line, book, MovingClock(NOW)) == 2 * PIECES_AT_ONCE
    assert follow_log(log, read_line, book, MovingClock(NOW)) == 1
