"""The jobs room's ports in memory, with the same contract as the real ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event

from fakes.moving_clock import MovingClock
from machiya.core.errors import Conflict, Unavailable
from machiya.jobs.alarms import Alarms
from machiya.jobs.grants import NO_GRANTS, Grants
from machiya.jobs.model import Alarm, JobKind, JobLock, LogLine, Order, Run, RunState, Step
from machiya.jobs.ports import NoticeFailed
from machiya.jobs.running import Runner, Tools, Work
from machiya.jobs.schedule import ScheduleState


@dataclass
class FakeJobBook:
    """``JobBook``; ``ill`` makes every call fail."""

    runs: dict[int, Run] = field(default_factory=dict)
    said: dict[int, list[LogLine]] = field(default_factory=dict)
    followed: dict[JobKind, ScheduleState] = field(default_factory=dict)
    not_well: dict[JobKind, Alarm] = field(default_factory=dict)
    last_number: int = 0
    ill: bool = False

    def ask(self, order: Order, moment: datetime) -> Run:
        self._check()
        if order.grant and any(run.order.grant == order.grant for run in self.runs.values()):
            raise Conflict("the grant of this job was used before")
        self.last_number += 1
        ended = None if order.state is RunState.ASKED else moment
        run = Run(self.last_number, order, moment, order.state, ended_at=ended, reason=order.reason)
        self.runs[run.number] = run
        return run

    def find(self, number: int) -> Run | None:
        self._check()
        return self.runs.get(number)

    def newest(self, limit: int, *, kind: JobKind | None = None) -> tuple[Run, ...]:
        found = [run for run in reversed(self._all()) if kind is None or run.order.kind == kind]
        return tuple(found[:limit])

    def waiting(self) -> tuple[Run, ...]:
        return tuple(run for run in self._all() if run.state is RunState.ASKED)

    def running(self) -> tuple[Run, ...]:
        return tuple(run for run in self._all() if run.state is RunState.RUNNING)

    def begin(self, number: int, runner: str, moment: datetime) -> bool:
        return self._change(number, {RunState.ASKED}, state=RunState.RUNNING, runner=runner, started_at=moment)

    def end(self, number: int, state: RunState, reason: str, moment: datetime, again: Order | None = None) -> bool:
        ended = self._change(
            number, {RunState.ASKED, RunState.RUNNING}, state=state, reason=reason, ended_at=moment
        )  # fmt: skip
        if ended and again:
            self.ask(again, moment)
        return ended

    def cancel(self, number: int, reason: str, moment: datetime) -> Run | None:
        changes = {"state": RunState.CANCELLED, "reason": reason, "ended_at": moment}
        if not self._change(number, {RunState.ASKED}, cancel_asked_at=moment, **changes):
            self._change(number, {RunState.RUNNING}, cancel_asked_at=moment)
        return self.find(number)

    def cancel_asked(self, number: int) -> bool:
        self._check()
        return number in self.runs and self.runs[number].cancel_asked_at is not None

    def note_step(self, number: int, step: Step) -> None:
        self._change(number, set(RunState), step=step)

    def add_line(self, number: int, line: LogLine, keep: int) -> None:
        self._check()
        kept = [old for old in self.said.get(number, []) if old.number > line.number - keep]
        self.said[number] = [*kept, line]

    def lines(self, number: int, after: int = 0) -> tuple[LogLine, ...]:
        self._check()
        return tuple(line for line in self.said.get(number, []) if line.number > after)

    def schedules(self) -> tuple[ScheduleState, ...]:
        self._check()
        return tuple(self.followed[kind] for kind in sorted(self.followed))

    def follow(
        self, state: ScheduleState, orders: Sequence[Order], moment: datetime, alarm: Alarm | None = None
    ) -> None:
        self._check()
        before = dict(self.runs)
        try:
            for order in orders:
                self.ask(order, moment)
        except Conflict:
            self.runs = before
            raise
        self.followed[state.schedule.kind] = state
        if alarm is not None:
            self.not_well[alarm.kind] = alarm

    def forget_schedule(self, kind: JobKind) -> None:
        self._check()
        self.followed.pop(kind, None)

    def alarms(self) -> tuple[Alarm, ...]:
        self._check()
        return tuple(sorted(self.not_well.values(), key=lambda alarm: (alarm.since, alarm.kind)))

    def save_alarm(self, alarm: Alarm) -> None:
        self._check()
        self.not_well[alarm.kind] = alarm

    def remove_alarm(self, kind: JobKind) -> None:
        self._check()
        self.not_well.pop(kind, None)

    def oldest(self) -> datetime | None:
        return next((run.asked_at for run in self._all()), None)

    def prune(self, before: datetime) -> int:
        old = [run.number for run in self._all() if run.ended_at is not None and run.ended_at < before]
        for number in old:
            del self.runs[number]
            self.said.pop(number, None)
        return len(old)

    def _all(self) -> list[Run]:
        self._check()
        return [self.runs[number] for number in sorted(self.runs)]

    def _change(self, number: int, states: set[RunState], **values: object) -> bool:
        self._check()
        run = self.runs.get(number)
        if run is None or run.state not in states:
            return False
        self.runs[number] = replace(run, **values)  # type: ignore[arg-type]
        return True

    def _check(self) -> None:
        if self.ill:
            raise Unavailable("the fake database is ill")


@dataclass
class FakeLocks:
    """``Locks``; ``held`` are held, by whomever."""

    held: set[JobLock] = field(default_factory=set)

    def hold(self, lock: JobLock) -> AbstractContextManager[object]:
        return self._holding(lock)

    @contextmanager
    def _holding(self, lock: JobLock) -> Iterator[None]:
        if lock in self.held:
            raise Conflict(f"another machiya is busy with {lock}")
        self.held.add(lock)
        try:
            yield
        finally:
            self.held.discard(lock)

    def free(self, lock: JobLock) -> bool:
        return lock not in self.held


@dataclass
class FakeNotifier:
    """``Notifier`` that keeps what it was told; ``broken`` takes nothing."""

    told: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    broken: bool = False
    name: str = "fake"

    def tell(self, subject: str, text: str, moment: datetime) -> None:
        del moment
        if self.broken:
            raise NoticeFailed("nobody is there")
        self.told.append(subject)
        self.texts.append(text)


class JobRoom:
    """Everything around a runner, on fakes; ``works`` decides what the kinds do."""

    def __init__(
        self, works: Mapping[JobKind, Work], *, book: FakeJobBook | None = None, grants: Grants = NO_GRANTS
    ) -> None:
        self.book, self.clock, self.locks = book or FakeJobBook(), MovingClock(), FakeLocks()
        self.notifier = FakeNotifier()
        self.stopping = Event()
        self.seconds = 0.0
        self.pauses: list[float] = []
        self.on_pause: Callable[[], None] = lambda: None
        self.alarms = Alarms(self.book, [self.notifier], self.clock, "house.test")
        self.runner = Runner(
            Tools(
                book=self.book, works=works, locks=self.locks, alarms=self.alarms, clock=self.clock,
                monotonic=lambda: self.seconds, runner="agent 1", pause=self._pause, grants=grants,
            ),
            self.stopping,
        )  # fmt: skip

    def ask(self, kind: str, **changes: object) -> Run:
        plain = Order(kind, "cli:taro")
        return self.book.ask(replace(plain, **changes), self.clock.now())  # type: ignore[arg-type]

    def run(self, kind: str, **changes: object) -> Run:
        ended = self.runner.run(self.ask(kind, **changes))
        assert ended is not None
        return ended

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.on_pause()
