"""What the agent does when something around it breaks: it tells, and it goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from fakes.jobs import FakeJobBook, JobRoom
from machiya.adapters.cron.calendar import CronCalendar
from machiya.core.errors import Unavailable
from machiya.jobs.agent import Agent
from machiya.jobs.model import SCHEDULE, Alarm, JobKind, JobLock, Run, RunState
from machiya.jobs.schedule import Schedule

DAILY, AUDIT = JobKind.BACKUP_DAILY, JobKind.AUDIT_VERIFY
SATURDAY = datetime(2026, 11, 28, 12, tzinfo=UTC)
EVERY_NIGHT = {DAILY: Schedule(DAILY, "0 3 * * *", "UTC")}
FAILED = "house.test: backup.daily failed / 失敗しました"


class Broken:
    """Something that raises while it is ``on``."""

    def __init__(self, error: Exception) -> None:
        self.on, self.error = True, error

    def __call__(self, *_: object) -> None:
        if self.on:
            raise self.error


class World:
    """An agent whose starts run at once, or nothing at all."""

    def __init__(self, room: JobRoom | None = None) -> None:
        self.room = room or JobRoom({DAILY: self.daily, AUDIT: lambda *_: "fine"})
        if room is None:
            self.room.clock.moment = SATURDAY
        self.good = True
        self.starts = 0
        self.start = Broken(ZeroDivisionError())
        self.start.on = False
        self.runs_nothing = False

    def daily(self, *_: object) -> str:
        if not self.good:
            raise Unavailable("the disk is dead")
        return "fine"

    def agent(self, schedules: dict[JobKind, Schedule] | None = None) -> Agent:
        room = self.room
        return Agent(
            room.book, CronCalendar(), room.clock, room.alarms, locks=room.locks,
            schedules=EVERY_NIGHT if schedules is None else schedules, recover=room.runner.recover,
            start=self._start, active=frozenset, history_days=90,
        )  # fmt: skip

    def _start(self, run: Run) -> None:
        self.starts += 1
        if run.order.kind == DAILY:
            self.start()
        if not self.runs_nothing:
            self.room.runner.run(run)


def test_what_breaks_unexpectedly_is_told_once_and_the_rest_goes_on() -> None:
    world = World()
    agent = world.agent()
    world.start.on = True
    world.room.ask(DAILY)
    audit = world.room.ask(AUDIT)
    for _ in range(3):
        agent.look()
        world.room.clock.move(minutes=1)
    assert world.room.book.runs[audit.number].state is RunState.SUCCEEDED
    assert world.room.notifier.told == ["house.test: agent: starting run 1 failed / 失敗しました"]
    assert "ZeroDivisionError" in world.room.notifier.texts[0]


def test_that_the_agent_is_in_trouble_is_told_later_where_nobody_took_it() -> None:
    world = World()
    agent = world.agent()
    world.start.on = world.room.notifier.broken = True
    world.room.ask(DAILY)
    agent.look()
    world.room.notifier.broken = False
    world.room.clock.move(minutes=6)
    agent.look()
    assert len(world.room.notifier.told) == 1


@pytest.mark.parametrize("error", [TypeError("a bad row"), Unavailable("no room left for a lock")])
def test_that_the_dead_cannot_be_found_keeps_nothing_from_running(error: Exception) -> None:
    world = World()
    world.room.runner.recover = Broken(error)  # type: ignore[method-assign]
    agent = world.agent()
    asked = world.room.ask(AUDIT)
    if isinstance(error, Unavailable):
        with pytest.raises(Unavailable):
            agent.look()
    else:
        agent.look()
    assert world.room.book.runs[asked.number].state is RunState.SUCCEEDED


def test_a_start_that_ran_nothing_is_tried_again_after_a_pause_and_told_in_the_end() -> None:
    world = World()
    world.runs_nothing = True
    agent = world.agent()
    world.room.ask(DAILY, asked_by=SCHEDULE)
    for _ in range(50):
        agent.look()
        world.room.clock.move(seconds=1)
    assert world.starts == 2
    assert world.room.notifier.told == []
    world.room.clock.move(hours=6)
    agent.look()
    assert world.room.notifier.told == [FAILED]


def test_a_failure_after_a_missed_run_is_news_once() -> None:
    world, missed = World(), "did not run at 03:00: no agent was running; it is caught up once"
    world.good = False
    room = world.room
    room.alarms.ill(DAILY, missed)
    for _ in range(3):
        room.alarms.deliver()
        room.run(DAILY)
    assert room.notifier.told == [FAILED, FAILED]
    assert "the disk is dead" in room.notifier.texts[1]
    room.alarms.ill(DAILY, missed)
    room.run(DAILY)
    room.alarms.deliver()
    assert len(room.notifier.told) == 2, "a house that is off at night does not tell it each morning"


def test_a_failure_while_the_missed_run_is_told_is_told_too() -> None:
    room = JobRoom({})
    tell = room.notifier.tell

    def fails_meanwhile(subject: str, text: str, moment: datetime) -> None:
        tell(subject, text, moment)
        room.alarms.ill(DAILY, "the disk is dead")

    room.alarms.ill(DAILY, "did not run at 03:00")
    room.notifier.tell = fails_meanwhile  # type: ignore[method-assign]
    for _ in range(3):
        room.alarms.deliver()
    assert room.notifier.told == [FAILED, FAILED]


def test_the_reason_of_an_alarm_is_that_of_the_last_failure() -> None:
    room = JobRoom({})
    for reason in ("the disk is away", "the disk is full"):
        room.alarms.ill(DAILY, reason)
        room.alarms.deliver()
    (alarm,) = room.book.alarms()
    assert (alarm.reason, len(room.notifier.told)) == ("the disk is full", 1)


class DiesAfterFollowing(FakeJobBook):
    """Saves no alarm by itself."""

    def save_alarm(self, alarm: Alarm) -> None:
        raise Unavailable(f"the database is away: {alarm.kind}")


def test_a_missed_run_and_its_alarm_are_written_together() -> None:
    world = World(JobRoom({DAILY: lambda *_: "fine"}, book=DiesAfterFollowing()))
    world.room.clock.moment = SATURDAY
    world.room.locks.held.add(JobLock.BACKUP)
    world.agent().look()
    world.room.clock.move(days=3)
    with pytest.raises(Unavailable):
        world.agent().look()
    assert [alarm.kind for alarm in world.room.book.alarms()] == [DAILY]


def test_a_kind_that_is_turned_off_has_no_alarm_any_more() -> None:
    world = World()
    world.good = False
    world.agent().look()
    world.room.run(DAILY, asked_by=SCHEDULE)
    world.agent().look()
    assert len(world.room.book.alarms()) == 1
    for _ in range(2):
        world.room.clock.move(seconds=timedelta(hours=1).seconds)
        world.agent({}).look()
    assert world.room.book.alarms() == ()
    assert world.room.notifier.told == [FAILED]
