from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.client_addresses import DIFFERENT, ONE_CLIENT
from fakes.access import FakeAttempts, Rows
from machiya.access.model import Attempts
from machiya.access.throttle import (
    ACCOUNT,
    ADDRESS,
    CODE,
    MOST_ROWS,
    TooManyAttempts,
    admit,
    by_account,
    by_address,
    by_code,
    give_back,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def attempts() -> FakeAttempts:
    return FakeAttempts(Rows())


def admit_times(attempts: FakeAttempts, count: int, now: datetime = NOON, name: str = "alice") -> list[bool]:
    return [admit(attempts, now, (by_account(name),)) for _ in range(count)]


def test_ten_attempts_then_a_wait_of_a_quarter_of_an_hour(attempts: FakeAttempts) -> None:
    assert admit_times(attempts, ACCOUNT.failures) == [False] * 9 + [True]
    with pytest.raises(TooManyAttempts) as refused:
        admit_times(attempts, 1, NOON + MINUTE)
    assert (refused.value.retry_after_seconds, refused.value.permanent) == (14 * 60, False)
    assert "14 min" in refused.value.hint
    assert admit_times(attempts, 1, NOON + 15 * MINUTE) == [False]


def test_one_account_waiting_keeps_no_other_out(attempts: FakeAttempts) -> None:
    admit_times(attempts, ACCOUNT.failures)
    assert admit_times(attempts, 1, name="bob") == [False]


def test_an_account_never_waits_longer_since_anybody_can_make_it_wait(attempts: FakeAttempts) -> None:
    now = NOON
    for _ in range(4):
        now += 15 * MINUTE
        admit_times(attempts, ACCOUNT.failures, now)
    with pytest.raises(TooManyAttempts) as refused:
        admit_times(attempts, 1, now)
    assert refused.value.retry_after_seconds == 15 * 60


def test_wrong_codes_wait_twice_as_long_each_time(attempts: FakeAttempts) -> None:
    now, waits = NOON, []
    for _ in range(9):
        for _ in range(CODE.failures):
            admit(attempts, now, (by_code("administrator:alice"),))
        with pytest.raises(TooManyAttempts) as refused:
            admit(attempts, now, (by_code("administrator:alice"),))
        waits.append(refused.value.retry_after_seconds // 60)
        now += timedelta(seconds=refused.value.retry_after_seconds)
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]


def test_failures_are_forgotten_when_nothing_happens_for_a_while(attempts: FakeAttempts) -> None:
    admit_times(attempts, ACCOUNT.failures - 1)
    assert admit_times(attempts, ACCOUNT.failures - 1, NOON + 15 * MINUTE) == [False] * 9


def test_an_address_is_counted_over_all_accounts(attempts: FakeAttempts) -> None:
    for number in range(ADDRESS.failures):
        admit(attempts, NOON, (by_account(f"user{number}"), by_address("10.0.0.1")))
    with pytest.raises(TooManyAttempts):
        admit(attempts, NOON, (by_account("somebody"), by_address("10.0.0.1")))
    assert attempts.find(by_account("somebody").key) is None
    admit(attempts, NOON, (by_account("somebody"), by_address("10.0.0.2")))


@pytest.mark.parametrize(("one", "other"), [*ONE_CLIENT, ("fe80::1%eth0", "fe80::1")])
def test_addresses_of_one_client_are_counted_together(one: str, other: str) -> None:
    assert by_address(one) == by_address(other)


@pytest.mark.parametrize(("one", "other"), [*DIFFERENT, ("", "10.0.0.1")])
def test_addresses_of_different_clients_are_counted_apart(one: str, other: str) -> None:
    assert by_address(one) != by_address(other)


@given(st.lists(st.booleans(), max_size=60))
def test_what_is_given_back_was_never_counted(successes: list[bool]) -> None:
    attempts, failures = FakeAttempts(Rows()), 0
    for succeeded in successes:
        try:
            admit(attempts, NOON, (by_address("10.0.0.1"),))
        except TooManyAttempts:
            break
        failures += not succeeded
        if succeeded:
            give_back(attempts, by_address("10.0.0.1"))
    else:
        assert failures < ADDRESS.failures or not successes[-1]
        return
    assert failures == ADDRESS.failures


def test_giving_back_what_is_forgotten_does_nothing(attempts: FakeAttempts) -> None:
    give_back(attempts, by_account("alice"))
    assert attempts.find(by_account("alice").key) is None


def test_the_table_is_bounded() -> None:
    rows = Rows()
    for number in range(MOST_ROWS + 10):
        rows.attempts[str(number)] = Attempts(str(number), 1, 0, NOON + timedelta(seconds=number + 1))
    admit(FakeAttempts(rows), NOON, (by_account("alice"),))
    assert len(rows.attempts) == MOST_ROWS + 1
    assert "9" not in rows.attempts
    assert str(MOST_ROWS + 9) in rows.attempts


def test_names_and_addresses_are_not_readable_in_the_table() -> None:
    for counted in (by_account("alice"), by_code("alice"), by_address("10.0.0.1")):
        assert len(counted.key) == 64
        assert "alice" not in counted.key
    assert len({by_account("x").key, by_code("x").key, by_address("x").key}) == 3
