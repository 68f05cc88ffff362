"""One look of the agent: follow the schedules, find what died, start what waits, tell who must know, forget the old."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from machiya.core.clock import Clock
from machiya.core.errors import Unavailable
from machiya.jobs.alarms import Alarms
from machiya.jobs.kinds import KINDS
from machiya.jobs.model import JobKind, JobLock, Run, RunState
from machiya.jobs.ports import Calendar, JobBook, Locks
from machiya.jobs.schedule import Schedule, ScheduleState, look

OVERDUE = timedelta(hours=6)
PAUSE = timedelta(seconds=30)
"""After a start that ran nothing: the disk was full, or somebody else was faster."""
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
        self._tried: dict[int, datetime] = {}
        self._broken: dict[str, str] = {}

    def look(self) -> None:
        """Once around; asked again and again. What breaks unexpectedly is told once, and the rest goes on.

        Raises:
            Unavailable: the database or the disk does not answer; the next look finds everything as it was.
        """
        ill = self._recovered()
        if not self._caught_up:
            self._guarded("looking at how jobs ended", self._catch_up)
        self._guarded("following the schedules", self._follow)
        self._guarded("starting jobs", self._begin)
        self._guarded("telling", self._alarms.deliver)
        self._guarded("forgetting old runs", self._forget)
        if ill is not None:
            raise ill

    def _recovered(self) -> Unavailable | None:
        """A disk that takes no lock must not keep the rest from being looked at."""
        try:
            self._guarded("finding interrupted jobs", self._recover)
        except Unavailable as error:
            return error
        return None

    def _guarded(self, part: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 – one bad row or mistake must not end all jobs
            reason = f"{type(error).__name__}: {error}"
            if self._broken.get(part) != reason:
                _log.exception("agent.broke", part=part)
            if part not in self._broken:
                self._alarms.trouble(part, reason)
            self._broken[part] = reason

    def _catch_up(self) -> None:
        self._alarms.catch_up(self._schedules)
        self._caught_up = True

    def _follow(self) -> None:
        known = {state.schedule.kind: state for state in self._book.schedules()}
        waiting = {run.order.kind for run in self._book.waiting() if run.scheduled}
        for kind in known.keys() - self._schedules.keys():
            self._alarms.dismiss(kind)
            self._book.forget_schedule(kind)
        for kind, schedule in self._schedules.items():
            follow = partial(self._follow_one, schedule, known.get(kind), waits=kind in waiting)
            self._guarded(f"following the schedule of {kind}", follow)

    def _follow_one(self, schedule: Schedule, known: ScheduleState | None, *, waits: bool) -> None:
        """One that still waits for its turn is not asked for a second time."""
        now = self._clock.now()
        due = look(schedule, known, now, self._calendar)
        if due.state == known:
            return
        orders = [order for order in due.orders if order.state is not RunState.ASKED or not waits]
        if due.missed:
            _log.warning("job.missed", kind=str(schedule.kind), reason=due.missed)
        if due.missed and KINDS[schedule.kind].tells_missed:
            follow = partial(self._book.follow, due.state, orders, now)
            self._alarms.ill(schedule.kind, due.missed, follow)
        else:
            self._book.follow(due.state, orders, now)

    def _begin(self) -> None:
        """The oldest of each lock; what waits too long is told."""
        taken = set(self._active())
        waiting = self._book.waiting()
        self._tried = {run.number: self._tried[run.number] for run in waiting if run.number in self._tried}
        for run in waiting:
            self._guarded(f"starting run {run.number}", partial(self._begin_one, run, taken))

    def _begin_one(self, run: Run, taken: set[JobLock]) -> None:
        """One that was started and still waits ran nothing: it is tried again, but not at every look."""
        lock = KINDS[JobKind(run.order.kind)].lock if run.order.kind in KINDS else None
        now, tried = self._clock.now(), self._tried.get(run.number)
        free = lock is None or (lock not in taken and self._locks.free(lock))
        if lock is not None:
            taken.add(lock)
        if lock is not None and run.scheduled and (tried or not free) and now - run.asked_at > OVERDUE:
            self._alarms.ill(JobKind(run.order.kind), f"has waited for {lock} for more than {OVERDUE}")
        if free and (tried is None or abs(now - tried) >= PAUSE):
            self._tried[run.number] = now
            self._start(run)

    def _forget(self) -> None:
        now = self._clock.now()
        if self._pruned is None or abs(now - self._pruned) >= _PRUNE_EVERY:
            self._pruned = now
            self._book.prune(now - self._history)
