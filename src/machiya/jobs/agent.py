"""One look of the agent: follow the schedules, find what died, start what waits, tell who must know, forget the old."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from machiya.core.clock import Clock
from machiya.jobs.alarms import Alarms
from machiya.jobs.kinds import KINDS
from machiya.jobs.model import JobKind, JobLock, Run, RunState
from machiya.jobs.ports import Calendar, JobBook, Locks
from machiya.jobs.schedule import Due, Schedule, ScheduleState, look

OVERDUE = timedelta(hours=6)
_PRUNE_EVERY = timedelta(hours=1)
_log = structlog.get_logger()


class Agent:
    """The agent's thinking; it starts nothing itself.

    Args:
        recover: marks what dead processes left behind.
        start: begins a run in the background; its lock is taken there.
        active: the locks of the runs that this process has under way.
        history_days: how long runs are kept.
    """

    def __init__(
        self,
        book: JobBook,
        calendar: Calendar,
        clock: Clock,
        alarms: Alarms,
        *,
        locks: Locks,
        schedules: Mapping[JobKind, Schedule],
        recover: Callable[[], None],
        start: Callable[[Run], None],
        active: Callable[[], frozenset[JobLock]],
        history_days: int,
    ) -> None:
        self._book, self._calendar, self._clock, self._alarms = book, calendar, clock, alarms
        self._locks, self._schedules = locks, schedules
        self._recover, self._start, self._active = recover, start, active
        self._history = timedelta(days=history_days)
        self._caught_up = False
        self._pruned: datetime | None = None

    def look(self) -> None:
        """Once around; asked again and again.

        Raises:
            Unavailable: the database does not answer; the next look finds everything as it was.
        """
        self._recover()
        if not self._caught_up:
            self._alarms.catch_up()
            self._caught_up = True
        self._follow()
        self._begin()
        self._alarms.deliver()
        self._forget()

    def _follow(self) -> None:
        known = {state.schedule.kind: state for state in self._book.schedules()}
        waiting = {run.order.kind for run in self._book.waiting() if run.scheduled}
        for kind in known.keys() - self._schedules.keys():
            self._book.forget_schedule(kind)
        for kind, schedule in self._schedules.items():
            self._follow_one(schedule, known.get(kind), waits=kind in waiting)

    def _follow_one(self, schedule: Schedule, known: ScheduleState | None, *, waits: bool) -> None:
        """One that still waits for its turn is not asked for a second time."""
        now = self._clock.now()
        due = look(schedule, known, now, self._calendar)
        if due.state == known:
            return
        orders = [order for order in due.orders if order.state is not RunState.ASKED or not waits]
        self._book.follow(due.state, orders, now)
        self._tell_missed(schedule.kind, due)

    def _tell_missed(self, kind: JobKind, due: Due) -> None:
        if due.missed:
            _log.warning("job.missed", kind=str(kind), reason=due.missed)
            if KINDS[kind].tells_missed:
                self._alarms.ill(kind, due.missed)

    def _begin(self) -> None:
        """The oldest of each lock; what waits too long is told."""
        taken = set(self._active())
        for run in self._book.waiting():
            lock = KINDS[JobKind(run.order.kind)].lock if run.order.kind in KINDS else None
            if lock is None or (lock not in taken and self._locks.free(lock)):
                self._start(run)
            elif run.order.due_at is not None and self._clock.now() - run.order.due_at > OVERDUE:
                self._alarms.ill(JobKind(run.order.kind), f"has waited for {lock} for more than {OVERDUE}")
            if lock is not None:
                taken.add(lock)

    def _forget(self) -> None:
        now = self._clock.now()
        if self._pruned is None or abs(now - self._pruned) >= _PRUNE_EVERY:
            self._pruned = now
            self._book.prune(now - self._history)
