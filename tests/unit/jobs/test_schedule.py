"""A simulated clock over real schedules: in time, missed, caught up once, whatever the clock does."""

from datetime import UTC, datetime, timedelta

import pytest

from machiya.adapters.cron.calendar import CronCalendar
from machiya.jobs.model import JobKind, Order, RunState
from machiya.jobs.schedule import Schedule, ScheduleState, look, next_due

DAILY = Schedule(JobKind.BACKUP_DAILY, "0 3 * * *", "Asia/Tokyo")
HOURLY = Schedule(JobKind.BACKUP_FRESHNESS, "0 * * * *", "UTC")
CALENDAR = CronCalendar()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 18, tzinfo=UTC)  # 03:00 in Tokyo


class Follower:
    """What the agent does with a schedule, and the moments that became runs."""

    def __init__(self, schedule: Schedule, now: datetime = NOON) -> None:
        self.schedule, self.state = schedule, look(schedule, None, now, CALENDAR).state
        self.asked: list[datetime] = []
        self.missed: list[str] = []

    def look(self, now: datetime) -> tuple[Order, ...]:
        due = look(self.schedule, self.state, now, CALENDAR)
        self.state = due.state
        self.asked += [order.due_at for order in due.orders if order.state is RunState.ASKED and order.due_at]
        self.missed += [order.reason for order in due.orders if order.state is RunState.MISSED]
        return due.orders


def test_look_begins_now_and_owes_nothing_of_the_past() -> None:
    due = look(DAILY, None, NOON, CALENDAR)
    assert (due.state, due.orders) == (ScheduleState(DAILY, NOON), ())


def test_look_asks_once_for_each_moment() -> None:
    follower = Follower(DAILY)
    moment = NOON
    while moment < NOON + 3 * DAY:
        follower.look(moment)
        moment += 5 * MINUTE
    assert follower.asked == [NIGHT, NIGHT + DAY, NIGHT + 2 * DAY]
    assert follower.missed == []


def test_look_just_before_the_moment_asks_for_nothing() -> None:
    follower = Follower(DAILY)
    assert follower.look(NIGHT - timedelta(microseconds=1)) == ()
    assert len(follower.look(NIGHT)) == 1


def test_look_catches_a_missed_run_up_once_and_writes_it_down() -> None:
    follower = Follower(DAILY)
    follower.look(NIGHT + 5 * HOUR)
    follower.look(NIGHT + 6 * HOUR)
    assert follower.asked == [NIGHT]
    assert follower.missed == ["did not run at 2026-11-23 18:00 UTC: no agent was running; it is caught up once"]


def test_look_after_many_missed_runs_asks_for_one() -> None:
    follower = Follower(HOURLY)
    follower.look(NOON + 3 * DAY + 30 * MINUTE)
    assert follower.asked == [NOON + 3 * DAY]
    (missed,) = follower.missed
    assert "72 times from 2026-11-23 13:00 UTC to 2026-11-26 12:00 UTC" in missed


def test_look_in_time_after_missed_runs_counts_the_earlier_ones_only() -> None:
    follower = Follower(HOURLY)
    follower.look(NOON + 3 * HOUR)
    assert follower.asked == [NOON + 3 * HOUR]
    assert "2 times" in follower.missed[0]


def test_look_after_a_year_off_catches_up_what_is_rare_too() -> None:
    yearly = Schedule(JobKind.AUDIT_VERIFY, "0 0 1 12 *", "UTC")
    follower = Follower(yearly)
    follower.look(NOON + 300 * DAY)
    assert follower.asked == [datetime(2026, 12, 1, tzinfo=UTC)]


def test_a_clock_that_jumps_forward_catches_up_once() -> None:
    follower = Follower(DAILY)
    follower.look(NIGHT - MINUTE)
    follower.look(NIGHT + 2 * HOUR)
    assert follower.asked == [NIGHT]


@pytest.mark.parametrize("back", [MINUTE, HOUR, 3 * HOUR])
def test_a_clock_set_back_a_little_runs_nothing_twice(back: timedelta) -> None:
    follower = Follower(DAILY)
    follower.look(NIGHT)
    moment = NIGHT - back
    while moment <= NIGHT + HOUR:
        follower.look(moment)
        moment += MINUTE
    assert follower.asked == [NIGHT]


def test_a_clock_that_was_wrong_by_a_year_does_not_stop_the_schedule() -> None:
    follower = Follower(DAILY)
    follower.look(NIGHT + 365 * DAY)
    follower.asked.clear()
    follower.look(NIGHT - HOUR)
    follower.look(NIGHT)
    assert follower.asked == [NIGHT]


def test_a_changed_schedule_begins_anew() -> None:
    follower = Follower(DAILY)
    other = Schedule(DAILY.kind, "0 20 * * *", DAILY.zone)  # 11:00 UTC: an hour ago
    due = look(other, follower.state, NOON, CALENDAR)
    assert (due.state, due.orders) == (ScheduleState(other, NOON), ())


@pytest.mark.parametrize(
    ("zone", "night", "expected"),
    [
        ("Europe/Berlin", "2026-03-28 23:00", ["03-29 01:00 backup.daily", "03-29 01:00 backup.weekly"]),
        ("Europe/Berlin", "2026-10-24 23:00", ["10-25 00:00 backup.weekly", "10-25 02:00 backup.daily"]),
        ("Asia/Tokyo", "2026-03-28 15:00", ["03-28 17:00 backup.weekly", "03-28 18:00 backup.daily"]),
        ("Asia/Tokyo", "2026-10-24 15:00", ["10-24 17:00 backup.weekly", "10-24 18:00 backup.daily"]),
    ],
)
def test_both_runs_of_a_sunday_come_once_each_when_the_clocks_change(
    zone: str, night: str, expected: list[str]
) -> None:
    start = datetime.fromisoformat(night).replace(tzinfo=UTC)
    daily = Follower(Schedule(JobKind.BACKUP_DAILY, "0 3 * * *", zone), start)
    weekly = Follower(Schedule(JobKind.BACKUP_WEEKLY, "0 2 * * 0", zone), start)
    for minute in range(0, 8 * 60, 5):
        for follower in (daily, weekly):
            follower.look(start + minute * MINUTE)
    found = [f"{moment:%m-%d %H:%M} {one.schedule.kind}" for one in (daily, weekly) for moment in one.asked]
    assert sorted(found) == expected
    assert daily.missed + weekly.missed == []


def test_next_due_is_the_next_moment_and_none_for_a_day_that_never_comes() -> None:
    assert next_due(DAILY, NOON, CALENDAR) == NIGHT
    assert next_due(DAILY, NIGHT, CALENDAR) == NIGHT + DAY
