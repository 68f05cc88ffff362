"""The agent's look: schedules followed, locks respected, history kept short; runs end when the test says so."""

from datetime import UTC, datetime, timedelta

from fakes.jobs import JobRoom
from machiya.adapters.cron.calendar import CronCalendar
from machiya.jobs.agent import Agent
from machiya.jobs.kinds import KINDS
from machiya.jobs.model import JobKind, JobLock, Order, Run, RunState
from machiya.jobs.schedule import Schedule

DAILY, WEEKLY, AUDIT, FRESH = (
    JobKind.BACKUP_DAILY, JobKind.BACKUP_WEEKLY, JobKind.AUDIT_VERIFY, JobKind.BACKUP_FRESHNESS
)  # fmt: skip
SATURDAY = datetime(2026, 11, 28, 12, tzinfo=UTC)
SCHEDULES = {
    DAILY: Schedule(DAILY, "0 3 * * *", "UTC"),
    WEEKLY: Schedule(WEEKLY, "0 2 * * 0", "UTC"),
    FRESH: Schedule(FRESH, "0 * * * *", "UTC"),
}


class World:
    """An agent and its room; what it starts goes on until ``finish``."""

    def __init__(self, room: JobRoom | None = None, schedules: dict[JobKind, Schedule] | None = None) -> None:
        self.room = room or JobRoom({})
        if room is None:
            self.room.clock.moment = SATURDAY
        self.started: list[Run] = []
        self.under_way: dict[JobLock, Run] = {}
        self.agent = Agent(
            self.room.book, CronCalendar(), self.room.clock, self.room.alarms,
            locks=self.room.locks, schedules=SCHEDULES if schedules is None else schedules,
            recover=self.room.runner.recover, start=self._start, active=lambda: frozenset(self.under_way),
            history_days=90,
        )  # fmt: skip
        self.agent.look()

    def _start(self, run: Run) -> None:
        lock = KINDS[JobKind(run.order.kind)].lock
        assert lock not in self.under_way, "two runs with one lock"
        self.started.append(run)
        self.under_way[lock] = run
        self.room.locks.held.add(lock)
        self.room.book.begin(run.number, "agent 1", self.room.clock.now())

    def at(self, moment: datetime) -> list[str]:
        """What was started by then, looking each minute."""
        while self.room.clock.moment < moment:
            self.room.clock.move(minutes=1)
            self.agent.look()
        return [run.order.kind for run in self.started]

    def finish(self, kind: JobKind, state: RunState = RunState.SUCCEEDED) -> None:
        run = self.under_way.pop(KINDS[kind].lock)
        self.room.locks.held.discard(KINDS[kind].lock)
        self.room.book.end(run.number, state, "", self.room.clock.now())
        self.room.alarms.heard(run, state, "")


def sunday(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 29, hour, minute, tzinfo=UTC)


def test_the_weekly_backup_that_takes_long_holds_the_daily_one_back() -> None:
    world = World(schedules={kind: SCHEDULES[kind] for kind in (DAILY, WEEKLY)})
    assert world.at(sunday(4)) == [WEEKLY]
    world.finish(WEEKLY)
    assert world.at(sunday(4, 1)) == [WEEKLY, DAILY]


def test_other_locks_go_on_meanwhile() -> None:
    world = World()
    world.at(sunday(2, 30))
    assert set(world.under_way) == {JobLock.BACKUP, JobLock.FRESHNESS}


def test_a_scheduled_run_that_still_waits_is_not_asked_for_again() -> None:
    world = World(schedules={FRESH: SCHEDULES[FRESH]})
    world.room.locks.held.add(JobLock.FRESHNESS)
    world.at(SATURDAY + timedelta(hours=9, minutes=30))
    assert len(world.room.book.waiting()) == 1
    assert world.started == []


def test_a_run_that_waits_too_long_is_told_once() -> None:
    world = World(schedules={DAILY: SCHEDULES[DAILY]})
    world.room.locks.held.add(JobLock.BACKUP)
    world.at(sunday(8, 59))
    assert world.room.notifier.told == []
    world.at(sunday(9, 30))
    assert world.room.notifier.told == ["house.test: backup.daily failed / 失敗しました"]


def test_an_order_is_started_at_the_next_look() -> None:
    world = World(schedules={})
    world.room.book.ask(Order(AUDIT, "administrator:alice"), world.room.clock.now())
    world.agent.look()
    assert [run.order.kind for run in world.started] == [AUDIT]


def test_an_agent_that_was_away_catches_up_once_and_tells() -> None:
    world = World()
    away = World(world.room)
    away.started.clear()
    world.room.clock.moment = SATURDAY + timedelta(days=3)
    away.agent.look()
    away.agent.look()
    assert sorted(run.order.kind for run in away.started) == [DAILY, FRESH]
    assert [run.order.kind for run in world.room.book.waiting()] == [WEEKLY]
    missed = {run.order.kind for run in world.room.book.newest(50) if run.state is RunState.MISSED}
    assert missed == {DAILY, WEEKLY, FRESH}
    assert world.room.notifier.told == [f"house.test: {kind} failed / 失敗しました" for kind in (DAILY, WEEKLY)], (
        "nobody wants to hear of an hour that was not looked at"
    )


def test_a_schedule_that_was_turned_off_is_forgotten_and_not_caught_up_later() -> None:
    world = World()
    World(world.room, schedules={})
    assert world.room.book.schedules() == ()
    world.room.clock.moment += timedelta(days=2)
    again = World(world.room)
    assert again.started == []


def test_history_is_kept_for_so_many_days() -> None:
    world = World(schedules={})
    old = world.room.ask(AUDIT)
    world.room.book.end(old.number, RunState.SUCCEEDED, "", world.room.clock.now())
    world.room.clock.move(days=89)
    world.agent.look()
    assert world.room.book.find(old.number) is not None
    world.room.clock.move(days=2)
    world.agent.look()
    assert world.room.book.find(old.number) is None
