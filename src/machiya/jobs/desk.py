"""Asking for a job, cancelling one, looking at them: what an administrator or the command line may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from machiya.core.clock import Clock
from machiya.core.errors import Conflict, NotFound, Refused
from machiya.jobs.kinds import check_parameters
from machiya.jobs.model import JobKind, Order, Run
from machiya.jobs.ports import Calendar, JobBook
from machiya.jobs.schedule import Schedule, next_due


@dataclass(frozen=True, slots=True)
class KindNow:
    """A kind as a list shows it; ``schedule`` None: only when somebody asks."""

    kind: JobKind
    schedule: Schedule | None
    next_at: datetime | None
    last: Run | None


class JobDesk:
    """The rows, without the right to run anything.

    Args:
        available: what this house can run.
        schedules: of those that have one.
    """

    def __init__(
        self,
        book: JobBook,
        calendar: Calendar,
        clock: Clock,
        available: tuple[JobKind, ...],
        schedules: Mapping[JobKind, Schedule],
    ) -> None:
        self._book, self._calendar, self._clock = book, calendar, clock
        self._available, self._schedules = available, schedules

    def kinds(self) -> tuple[KindNow, ...]:
        """Everything this house can run."""
        return tuple(self._now(kind) for kind in self._available)

    def ask(self, kind: JobKind, parameters: Mapping[str, str], asked_by: str) -> Run:
        """A new run; the one that waits already where it is the same.

        Raises:
            InvalidInput: a parameter is wrong.
            Refused: this house cannot run it.
        """
        return self.ask_or_join(kind, parameters, asked_by)[0]

    def ask_or_join(self, kind: JobKind, parameters: Mapping[str, str], asked_by: str) -> tuple[Run, bool]:
        """As ``ask``, and whether the run is a new one: only then it is the caller's to cancel."""
        check_parameters(kind, parameters)
        if kind not in self._available:
            raise Refused(f"this house cannot run {kind}", hint="machiya job list shows what it can.")
        for run in self._book.waiting():
            if (run.order.kind, dict(run.order.parameters)) == (kind, dict(parameters)):
                return run, False
        return self._book.ask(Order(kind, asked_by, dict(parameters)), self._clock.now()), True

    def cancel(self, number: int, who: str) -> Run:
        """One that waits ends at once, one that runs is asked to stop at its next step.

        Raises:
            NotFound: there is no such run.
            Conflict: it has ended.
        """
        before = self.find(number)
        if not before.open:
            raise Conflict(f"run {number} has ended already: {before.state}", hint="There is nothing left to cancel.")
        run = self._book.cancel(number, f"cancelled by {who} before it began", self._clock.now())
        return run or before

    def find(self, number: int) -> Run:
        """One run.

        Raises:
            NotFound: there is none.
        """
        run = self._book.find(number)
        if run is None:
            raise NotFound(f"there is no run {number}", hint="machiya job history shows them.")
        return run

    def _now(self, kind: JobKind) -> KindNow:
        schedule = self._schedules.get(kind)
        following = next_due(schedule, self._clock.now(), self._calendar) if schedule else None
        return KindNow(kind, schedule, following, next(iter(self._book.newest(1, kind=kind)), None))
