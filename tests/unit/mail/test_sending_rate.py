from datetime import UTC, datetime

import pytest

from fakes.moving_clock import MovingClock
from machiya.mail.sending_rate import SendingRates


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(datetime(2026, 11, 28, tzinfo=UTC))


def test_take_lets_an_hour_s_worth_go_at_once_and_then_one_by_one(clock: MovingClock) -> None:
    rates = SendingRates(clock, user_per_hour=60, domain_per_hour=0)
    assert [rates.take("a@x.jp") for _ in range(60)] == [0] * 60
    assert rates.take("A@x.jp") == 60
    clock.move(seconds=60)
    assert rates.take("a@x.jp") == 0
    assert rates.take("a@x.jp") > 0
    assert rates.take("b@x.jp") == 0


def test_take_counts_all_mailboxes_of_a_domain_together(clock: MovingClock) -> None:
    rates = SendingRates(clock, user_per_hour=2, domain_per_hour=3)
    assert [rates.take(login) for login in ("a@x.jp", "a@x.jp", "b@x.jp")] == [0, 0, 0]
    assert rates.take("b@x.jp") == 1200
    assert rates.take("c@y.jp") == 0


def test_take_counts_nothing_that_was_refused(clock: MovingClock) -> None:
    rates = SendingRates(clock, user_per_hour=1, domain_per_hour=10)
    assert [bool(rates.take("a@x.jp")) for _ in range(20)] == [False, *[True] * 19]
    assert rates.take("b@x.jp") == 0


def test_take_knows_no_limit_at_zero_and_no_clock_that_goes_back(clock: MovingClock) -> None:
    free = SendingRates(clock, user_per_hour=0, domain_per_hour=0)
    assert {free.take("a@x.jp") for _ in range(999)} == {0}
    one = SendingRates(clock, user_per_hour=1, domain_per_hour=0)
    assert one.take("a@x.jp") == 0
    clock.move(seconds=-1000)
    assert one.take("a@x.jp") == 3600
