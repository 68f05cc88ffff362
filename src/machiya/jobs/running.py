"""One run from its beginning to its end: the lock, what a dead process left behind, the work, how it ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Event
from typing import TypeVar

import structlog

from machiya.core.clock import Clock
from machiya.core.errors import Conflict, InvalidInput, MachiyaError, Refused, Unavailable
from machiya.core.progress import Cancelled, Progress
from machiya.jobs.alarms import Alarms
from machiya.jobs.grants import NO_GRANTS, Grants
from machiya.jobs.kinds import KINDS, check_parameters, kinds_of, parse_kind
from machiya.jobs.model import JobKind, JobLock, Order, Run, RunState
from machiya.jobs.ports import JobBook, Locks
from machiya.jobs.progress import Hears, RunProgress

Work = Callable[[Mapping[str, str], Progress], str]
"""Does it; what it did, in plain words."""

T = TypeVar("T")

ATTEMPTS = 2
_END_TRIES = 30
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended."""

    state: RunState
    reason: str


@dataclass(frozen=True, slots=True)
class Tools:
    """What running takes.

    Args:
        works: what carries out each kind; a kind that is missing cannot be run in this house.
        runner: this process, for the row.
        pause: waits so many seconds.
    """

    book: JobBook
    works: Mapping[JobKind, Work]
    locks: Locks
    alarms: Alarms
    clock: Clock
    monotonic: Callable[[], float]
    runner: str
    pause: Callable[[float], object]
    grants: Grants = NO_GRANTS


class Runner:
    """Runs what was asked for; ``stopping`` is set when this process shall end."""

    def __init__(self, tools: Tools, stopping: Event) -> None:
        self._tools = tools
        self._book, self._clock = tools.book, tools.clock
        self._stopping = stopping

    def run(self, run: Run, heard: Hears | None = None) -> Run | None:
        """Run it to its end; the run as it is then. None: its lock is held, or it is not asked for any more.

        Raises:
            Unavailable: the database does not answer.
        """
        try:
            kind = self._checked(run)
        except (InvalidInput, Refused) as error:
            self._end(run, Ended(RunState.FAILED, _said(error)), None)
            return self._book.find(run.number)
        try:
            with self._tools.locks.hold(KINDS[kind].lock):
                self.sweep(KINDS[kind].lock)
                if not self._book.begin(run.number, self._tools.runner, self._clock.now()):
                    return None
                self._carry_out(kind, run, heard)
        except Conflict:
            return None
        return self._book.find(run.number)

    def recover(self) -> None:
        """Mark what dead processes left behind; what another process still runs is left alone."""
        for lock in {KINDS[JobKind(run.order.kind)].lock for run in self._book.running() if run.order.kind in KINDS}:
            if self._tools.locks.free(lock):
                try:
                    with self._tools.locks.hold(lock):
                        self.sweep(lock)
                except Conflict:
                    continue

    def sweep(self, lock: JobLock) -> None:
        """Whoever holds ``lock`` knows that nobody else runs its kinds: what still says so has died."""
        for run in self._book.running():
            if run.order.kind in kinds_of(lock):
                died = Ended(RunState.INTERRUPTED, "its process ended in the middle of it")
                self._end(run, Ended(RunState.FAILED, _said(_damaged(run))) if run.damage else died, None)

    def _checked(self, run: Run) -> JobKind:
        """The row is not believed: whoever may insert one could have written anything."""
        order, kind = run.order, parse_kind(run.order.kind)
        if run.damage:
            raise _damaged(run)
        check_parameters(kind, order.parameters)
        if kind not in self._tools.works:
            raise Refused(f"this house cannot run {kind}", hint="machiya job list shows what it can.")
        if KINDS[kind].destructive:
            self._tools.grants.require(order, self._clock.now())
        return kind

    def _carry_out(self, kind: JobKind, run: Run, heard: Hears | None) -> None:
        began = self._tools.monotonic()
        progress = RunProgress(
            self._book, run.number, self._clock, stopping=self._stopping.is_set, monotonic=self._tools.monotonic,
            heard=heard,
        )  # fmt: skip
        try:
            ended = self._try(kind, run, progress)
        except KeyboardInterrupt:
            self._end(run, Ended(RunState.CANCELLED, "stopped with Ctrl-C"), began)
            raise
        progress.flush()
        self._end(run, ended, began, watched=heard is not None)

    def _try(self, kind: JobKind, run: Run, progress: RunProgress) -> Ended:
        try:
            return Ended(RunState.SUCCEEDED, self._tools.works[kind](run.order.parameters, progress))
        except Cancelled as error:
            return Ended(RunState.INTERRUPTED if progress.stopped else RunState.CANCELLED, error.message)
        except MachiyaError as error:
            return Ended(RunState.FAILED, _said(error))
        except Exception as error:  # noqa: BLE001 – whatever a job does, the agent and its other jobs go on
            _log.exception("job.broke", kind=kind, run=run.number)
            return Ended(RunState.FAILED, f"unexpected {type(error).__name__}: {error}. This is a mistake in Machiya.")

    def _end(self, run: Run, ended: Ended, began: float | None, *, watched: bool = False) -> None:
        """Written again and again while the database is away; if it stays away, the next agent finds it interrupted."""
        again = _again(run) if ended.state is RunState.INTERRUPTED else None
        number, state, reason = run.number, ended.state, ended.reason
        if self._insist(lambda: self._book.end(number, state, reason, self._clock.now(), again)):
            self._report(run, ended, began, watched=watched)
            self._insist(lambda: self._tools.alarms.heard(run, state, reason, again=again is not None))

    def _insist(self, write: Callable[[], T]) -> T:
        for _ in range(_END_TRIES):
            try:
                return write()
            except Unavailable:
                if self._stopping.is_set():
                    raise
                self._tools.pause(1.0)
        return write()

    def _report(self, run: Run, ended: Ended, began: float | None, *, watched: bool) -> None:
        """Whoever watches it is told anyway."""
        took = None if began is None else round((self._tools.monotonic() - began) * 1000)
        fine = watched or ended.state in {RunState.SUCCEEDED, RunState.CANCELLED}
        tell = _log.info if fine else _log.warning
        tell(
            "job.ended", kind=run.order.kind, run=run.number, state=str(ended.state), reason=ended.reason,
            asked_by=run.order.asked_by, attempt=run.order.attempt, duration_ms=took or 0,
        )  # fmt: skip


def _again(run: Run) -> Order | None:
    """What the schedule wanted is tried once more; what a person asked for, they ask for again."""
    if not run.scheduled or not 1 <= run.order.attempt < ATTEMPTS:
        return None
    return replace(run.order, attempt=run.order.attempt + 1, grant="")  # a grant is used once; the schedule needs none


def _damaged(run: Run) -> Refused:
    return Refused(f"its row in the database is damaged: {run.damage}", hint="Ask for the job again.")


def _said(error: MachiyaError) -> str:
    return f"{error.message}. {error.hint}".strip() if error.hint else error.message
