"""The house's side of the edge: orders and what a person should know."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from fakes.edge_book import FakeEdgeBook
from fakes.moving_clock import MovingClock
from machiya.core.errors import Conflict, NotFound
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.edge import DeadLetter, EdgeError, EdgeReport, OrderAction, OrderDone
from machiya.mail.edge_desk import ORDERS_AT_ONCE, edge_status, find_dead, order, take_report


class Desk:
    """A book, a clock and an edge to report."""

    def __init__(self) -> None:
        self.clock = MovingClock()
        self.book = FakeEdgeBook()

    def letter(self) -> DeadLetter:
        now = self.clock.now()
        return DeadLetter(new_delivery_id(now), "", "x@example.jp", now, now, 1, "unknown_recipient: x")

    def report(self, **known: Any) -> Any:
        now = self.clock.now()
        nothing = EdgeReport(
            edge="worker", at=now, held=0, held_more=False, oldest=None, held_ids=(), dead_count=0, dead=(),
            accepted=(), errors=(), recipients_etag=None, recipients_confirmed_at=None, recipients_complete=True,
        )  # fmt: skip
        return take_report(self.book, replace(nothing, **known), now)

    def problems(self) -> tuple[str, ...]:
        return edge_status(self.book, self.clock).problems


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_take_report_gives_the_oldest_orders_first_and_at_most_twenty(desk: Desk) -> None:
    letters = [desk.letter() for _ in range(ORDERS_AT_ONCE + 5)]
    desk.report(dead=tuple(letters))
    for letter in letters:
        desk.clock.move(seconds=1)
        order(desk.book, OrderAction.DISCARD, letter.delivery_id, desk.clock)
    given = desk.report(dead=tuple(letters))
    assert [placed.delivery_id for placed in given] == [letter.delivery_id for letter in letters[:ORDERS_AT_ONCE]]


def test_take_report_repeats_an_order_until_it_is_done(desk: Desk) -> None:
    letter = desk.letter()
    desk.report(dead=(letter,))
    placed = order(desk.book, OrderAction.RETRY, letter.delivery_id, desk.clock)
    assert list(desk.report(dead=(letter,))) == [placed]
    assert list(desk.report(dead=(letter,))) == [placed]
    assert list(desk.report(orders_done=(OrderDone(placed.order_id, "retried"),))) == []


def test_order_for_what_is_not_dead_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFound) as caught:
        order(desk.book, OrderAction.RETRY, desk.letter().delivery_id, desk.clock)
    assert "machiya edge dead list" in caught.value.hint


@pytest.mark.parametrize(
    ("first", "second"), [(OrderAction.RETRY, OrderAction.DISCARD), (OrderAction.DISCARD, OrderAction.RETRY)]
)
def test_order_against_an_open_order_is_refused_in_plain_words(
    desk: Desk, first: OrderAction, second: OrderAction
) -> None:
    letter = desk.letter()
    desk.report(dead=(letter,))
    order(desk.book, first, letter.delivery_id, desk.clock)
    with pytest.raises(Conflict, match=f"open order to {first} {letter.delivery_id}"):
        order(desk.book, second, letter.delivery_id, desk.clock)


def test_order_given_twice_is_one_order(desk: Desk) -> None:
    letter = desk.letter()
    desk.report(dead=(letter,))
    order(desk.book, OrderAction.RETRY, letter.delivery_id, desk.clock)
    again = order(desk.book, OrderAction.RETRY, letter.delivery_id, desk.clock)
    assert desk.book.open_orders() == (again,)


def test_edge_status_of_an_edge_that_never_reported_says_so(desk: Desk) -> None:
    (problem,) = desk.problems()
    assert "never reported" in problem


def test_edge_status_of_an_edge_that_only_had_a_wrong_clock_says_that_it_never_reported(desk: Desk) -> None:
    desk.book.note_clock_skew(400, desk.clock.now())
    assert "never reported" in desk.problems()[0]


def test_edge_status_of_a_well_edge_has_no_problems(desk: Desk) -> None:
    desk.report(held=3)
    assert desk.problems() == ()


def test_edge_status_tells_when_the_edge_has_been_silent(desk: Desk) -> None:
    desk.report()
    desk.clock.move(seconds=30 * 60)
    assert desk.problems() == ()
    desk.clock.move(seconds=60 * 60)
    assert desk.problems() == ("The edge has been silent for 1.5 h. Look at its log and at the tunnel.",)


def test_edge_status_tells_of_dead_letters(desk: Desk) -> None:
    desk.report(dead_count=2)
    assert desk.problems()[0].startswith("2 dead letters.")


@pytest.mark.parametrize(("seconds", "text"), [(400.4, "+400 s"), (-400.4, "-400 s")])
def test_edge_status_tells_of_clocks_for_an_hour(desk: Desk, seconds: float, text: str) -> None:
    desk.report()
    desk.book.note_clock_skew(seconds, desk.clock.now())
    assert text in desk.problems()[0]
    desk.clock.move(seconds=3600)
    desk.report()
    assert desk.problems() == ()


def error(at: datetime, number: int) -> EdgeError:
    return EdgeError(at, f"code{number}", "detail")


def test_edge_status_tells_the_last_three_errors_of_the_last_hour(desk: Desk) -> None:
    now = desk.clock.now()
    old = error(now - timedelta(hours=2), 0)
    desk.report(errors=(old, *(error(now + timedelta(seconds=number), number) for number in range(1, 6))))
    told = [problem.partition(" at ") for problem in desk.problems()]
    assert [start for start, *_ in told] == [f"The edge met code{number}" for number in (3, 4, 5)]
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d: detail", rest) for *_, rest in told)


def test_edge_status_forgets_what_has_worked_since(desk: Desk) -> None:
    then = desk.clock.now()
    failed = tuple(EdgeError(then, code, "503") for code in ("report_failed", "recipients_failed"))
    desk.clock.move(seconds=5)
    desk.report(errors=failed)
    assert [problem.partition(" at ")[0] for problem in desk.problems()] == ["The edge met recipients_failed"]
    desk.clock.move(seconds=5)
    desk.report(recipients_confirmed_at=desk.clock.now())
    assert desk.problems() == ()


def test_find_dead_finds_by_the_beginning_of_the_id(desk: Desk) -> None:
    letter = desk.letter()
    desk.clock.move(seconds=86400)
    desk.report(dead=(letter, desk.letter()))
    assert find_dead(desk.book, letter.delivery_id[:10]) == letter
    assert find_dead(desk.book, letter.delivery_id) == letter


@pytest.mark.parametrize(("prefix", "message"), [("ffff", "no dead letter"), ("", "2 dead letters")])
def test_find_dead_refuses_to_guess(desk: Desk, prefix: DeliveryId, message: str) -> None:
    desk.report(dead=(desk.letter(), desk.letter()))
    with pytest.raises(NotFound, match=message) as caught:
        find_dead(desk.book, prefix)
    assert caught.value.hint
