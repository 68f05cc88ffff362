"""What the house may rely on to remember of its edge, whoever keeps it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contract.books import MailBooks
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.edge import DeadLetter, EdgeError, EdgeOrder, EdgeReport, OrderAction, OrderDone
from machiya.mail.model import DeliveryRecord

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def report(**changes: object) -> EdgeReport:
    plain = EdgeReport(
        edge="worker", at=NOON, held=0, held_more=False, oldest=None, held_ids=(), dead_count=0, dead=(), accepted=(),
        errors=(), recipients_etag=None, recipients_confirmed_at=None, recipients_complete=False,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def dead(minute: int = 0, **changes: object) -> DeadLetter:
    moment = NOON + timedelta(minutes=minute)
    plain = DeadLetter(new_delivery_id(moment), "s@example.org", "x@home.test", moment, moment, 5, "hold_expired")
    return replace(plain, **changes)  # type: ignore[arg-type]


def ids(*minutes: int) -> tuple[DeliveryId, ...]:
    return tuple(new_delivery_id(NOON + timedelta(minutes=minute)) for minute in minutes)


def test_nothing_is_known_before_the_first_report(books: MailBooks) -> None:
    assert books.book.state() is None
    assert books.book.dead_letters() == ()
    assert books.book.open_orders() == ()
    assert books.book.accepted_count(NOON) == 0
    assert books.book.accepted_without_delivery(NOON, NOON - MINUTE) == ()


def test_take_report_keeps_every_field(books: MailBooks) -> None:
    given = report(
        edge="front-door", at=NOON - MINUTE, held=700, held_more=True, oldest=NOON - MINUTE, held_ids=ids(1, 2, 3),
        dead_count=2, recipients_etag='"abc"', recipients_confirmed_at=NOON, recipients_complete=True,
        errors=(EdgeError(NOON, "unauthorized", "401 改"),),
    )  # fmt: skip
    books.book.take_report(given, NOON)
    state = books.book.state()
    assert state is not None
    for name in ("edge", "held", "held_more", "oldest", "held_ids", "dead_count", "errors", "recipients_etag",
                 "recipients_confirmed_at", "recipients_complete"):  # fmt: skip
        assert getattr(state, name) == getattr(given, name), name
    assert state.reported_at == NOON
    assert (state.clock_skew_seconds, state.clock_skew_at) == (None, None)


def test_take_report_replaces_the_one_before(books: MailBooks) -> None:
    books.book.take_report(report(held=5, held_ids=ids(1), dead=(dead(),), dead_count=1, oldest=NOON), NOON)
    books.book.take_report(report(), NOON + MINUTE)
    state = books.book.state()
    assert state is not None
    assert (state.held, state.held_ids, state.oldest, state.dead_count) == (0, (), None, 0)
    assert state.reported_at == NOON + MINUTE
    assert books.book.dead_letters() == ()


def test_dead_letters_are_oldest_first(books: MailBooks) -> None:
    letters = [dead(minute) for minute in (3, 1, 2)]
    books.book.take_report(report(dead=tuple(letters)), NOON)
    assert books.book.dead_letters() == (letters[1], letters[2], letters[0])


def test_same_report_twice_changes_nothing(books: MailBooks) -> None:
    given = report(dead=(dead(),), accepted=ids(1, 2))
    books.book.take_report(given, NOON)
    books.book.take_report(given, NOON)
    assert books.book.dead_letters() == given.dead
    assert books.book.accepted_count(NOON) == 2


def test_errors_of_several_reports_keep_the_newest_fifty(books: MailBooks) -> None:
    errors = [EdgeError(NOON + timedelta(seconds=n), "c", str(n)) for n in range(60)]
    for start in (0, 20, 40):
        books.book.take_report(report(errors=tuple(errors[start : start + 20])), NOON)
    state = books.book.state()
    assert state is not None
    assert state.errors == tuple(errors[10:])


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b", "あ" * 5000])
def test_odd_and_long_text_does_not_fail(books: MailBooks, odd: str) -> None:
    letter = dead(sender=odd, recipient=odd, reason=odd)
    given = report(edge=odd, dead=(letter,), errors=(EdgeError(NOON, odd, odd),), recipients_etag=odd)
    books.book.take_report(given, NOON)
    state = books.book.state()
    assert state is not None
    assert state.errors == given.errors
    assert [found.delivery_id for found in books.book.dead_letters()] == [letter.delivery_id]


def test_note_clock_skew_survives_reports_and_needs_none(books: MailBooks) -> None:
    books.book.note_clock_skew(-431.25, NOON)
    state = books.book.state()
    assert state is not None
    assert (state.reported_at, state.clock_skew_seconds, state.clock_skew_at) == (None, -431.25, NOON)
    books.book.take_report(report(errors=(EdgeError(NOON, "c", "d"),)), NOON + MINUTE)
    books.book.note_clock_skew(310, NOON + MINUTE)
    state = books.book.state()
    assert state is not None
    assert (state.reported_at, state.clock_skew_seconds, state.clock_skew_at) == (NOON + MINUTE, 310, NOON + MINUTE)
    assert len(state.errors) == 1


def test_orders_are_open_until_reported_done(books: MailBooks) -> None:
    one, two, three = (EdgeOrder(f"order{n}", OrderAction.RETRY, found) for n, found in enumerate(ids(1, 2, 3)))
    for minute, order in enumerate((two, one, three)):
        books.book.add_order(order, NOON + minute * MINUTE)
    assert books.book.open_orders() == (two, one, three)
    done = (OrderDone(one.order_id, "retried"), OrderDone("unheard of", "not_found"))
    books.book.take_report(report(orders_done=done), NOON + 5 * MINUTE)
    assert books.book.open_orders() == (two, three)
    books.book.take_report(report(), NOON + 6 * MINUTE)
    assert books.book.open_orders() == (two, three)


def test_add_order_replaces_an_open_one_for_the_same_delivery(books: MailBooks) -> None:
    (found,) = ids(1)
    books.book.add_order(EdgeOrder("first", OrderAction.RETRY, found), NOON)
    second = EdgeOrder("second", OrderAction.DISCARD, found)
    books.book.add_order(second, NOON + MINUTE)
    assert books.book.open_orders() == (second,)
    books.book.take_report(report(orders_done=(OrderDone("second", "discarded"),)), NOON + 2 * MINUTE)
    third = EdgeOrder("third", OrderAction.RETRY, found)
    books.book.add_order(third, NOON + 3 * MINUTE)
    assert books.book.open_orders() == (third,)


async def test_accepted_without_delivery_is_what_the_ledger_never_saw(books: MailBooks) -> None:
    accepted = ids(0, 1, 2, 3, 4)
    books.book.take_report(report(accepted=accepted[:3]), NOON)
    books.book.take_report(report(accepted=accepted[2:]), NOON)
    seen = DeliveryRecord(accepted[2], "0" * 32, 1, "", "x@home.test", NOON, NOON, NOON)
    await books.ledger.run(lambda ledger: ledger.add_delivery(seen))
    assert books.book.accepted_without_delivery(NOON + 4 * MINUTE, NOON + MINUTE) == (accepted[1], accepted[3])
    assert books.book.accepted_count(NOON) == 5
    assert books.book.accepted_count(NOON + MINUTE) == 4


def test_accepted_ids_are_forgotten_after_thirty_days(books: MailBooks) -> None:
    old, young = ids(0, 1)
    books.book.take_report(report(accepted=(old, young)), NOON)
    books.book.take_report(report(), NOON + timedelta(days=30, seconds=30))
    assert books.book.accepted_without_delivery(NOON + 9 * MINUTE, NOON - MINUTE) == (young,)
