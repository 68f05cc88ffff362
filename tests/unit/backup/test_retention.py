from datetime import date, timedelta

from machiya.backup.model import Rota, SnapshotName
from machiya.backup.retention import Retention

# From before a change to summer time to after the change back (Europe, 2026), and over a leap day.
YEAR = [date(2026, 3, 1) + timedelta(days=number) for number in range(800)]
SUNDAY = 6


def daily(day: date) -> SnapshotName:
    return SnapshotName(day, Rota.DAILY)


def weekly(day: date) -> SnapshotName:
    return SnapshotName(day, Rota.WEEKLY)


def live(days: list[date], retention: Retention, missed: frozenset[date] = frozenset()) -> set[SnapshotName]:
    """A house that runs: each day a daily one, on Sundays first a weekly one."""
    kept: set[SnapshotName] = set()
    for day in days:
        runs = ([weekly(day)] if day.weekday() == SUNDAY else []) + ([] if day in missed else [daily(day)])
        for made in runs:
            kept.add(made)
            kept -= set(retention.superfluous(kept, made))
            assert made in kept
    return kept


def test_exactly_seven_days_and_four_weeks_are_kept_on_any_day() -> None:
    for length in range(40, len(YEAR), 5):  # each day of the week comes by
        days = YEAR[length - 40 : length]
        kept = live(days, Retention())
        assert {one for one in kept if one.rota is Rota.DAILY} == set(map(daily, days[-7:]))
        sundays = [day for day in days if day.weekday() == SUNDAY]
        assert {one for one in kept if one.rota is Rota.WEEKLY} == set(map(weekly, sundays[-4:]))


def test_days_without_a_snapshot_push_nothing_out() -> None:
    days = YEAR[:40]
    missed = frozenset(days[-10:-2])
    kept = live(days, Retention(), missed)
    made = [day for day in days if day not in missed]
    assert {one for one in kept if one.rota is Rota.DAILY} == set(map(daily, made[-7:]))


def test_what_was_just_made_stays_even_if_one_is_kept() -> None:
    names = [daily(day) for day in YEAR[:5]]
    assert Retention(1, 1).superfluous(names, names[-1]) == tuple(names[:-1])
    assert Retention(0, 0).superfluous(names, names[-1]) == tuple(names[:-1])


def test_a_clock_that_was_wrong_pushes_nothing_good_out() -> None:
    future = [daily(date(2099, 1, day)) for day in range(1, 10)]
    good = [daily(day) for day in YEAR[:7]]
    assert Retention().superfluous([*future, *good], good[-1]) == ()
    # and a clock that fell back: the new one is older than all, and stays
    assert good[0] not in Retention(1, 1).superfluous([*future, *good], good[0])


def test_the_rows_do_not_push_each_other_out() -> None:
    weeks = [weekly(YEAR[0] + timedelta(days=7 * number)) for number in range(4)]
    days = [daily(YEAR[30] + timedelta(days=number)) for number in range(7)]
    assert Retention().superfluous([*weeks, *days], days[-1]) == ()
