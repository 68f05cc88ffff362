"""What the jobs room needs from outside: the book of runs, the calendar, locks, and somebody who tells."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from machiya.core.errors import Unavailable
from machiya.jobs.model import Alarm, JobKind, JobLock, LogLine, Order, Run, RunState, Step
from machiya.jobs.schedule import ScheduleState


class NoticeFailed(Unavailable):
    """A notice could not be handed over."""

    code = "notice_failed"


class JobBook(Protocol):
    """Runs, schedules and alarms; each call is its own transaction.

    Every method raises ``Unavailable`` when the database does not answer.
    """

    def ask(self, order: Order, moment: datetime) -> Run:
        """Insert a run.

        Raises:
            Conflict: its grant was used before.
        """

    def find(self, number: int) -> Run | None:
        """One run."""

    def newest(self, limit: int, *, kind: JobKind | None = None) -> tuple[Run, ...]:
        """Newest first."""

    def waiting(self) -> tuple[Run, ...]:
        """Those asked for, oldest first."""

    def running(self) -> tuple[Run, ...]:
        """Those that run, or whose process died, oldest first."""

    def begin(self, number: int, runner: str, moment: datetime) -> bool:
        """From ASKED to RUNNING; false: it is not ASKED any more."""

    def end(self, number: int, state: RunState, reason: str, moment: datetime, again: Order | None = None) -> bool:
        """From ASKED or RUNNING to its end, ``again`` asked in the same moment; false: it had ended before."""

    def cancel(self, number: int, reason: str, moment: datetime) -> Run | None:
        """One that is asked ends, one that runs is asked to stop; the run as it is then. None: there is none."""

    def cancel_asked(self, number: int) -> bool:
        """Whether somebody wants its end."""

    def note_step(self, number: int, step: Step) -> None:
        """How far it is."""

    def add_line(self, number: int, line: LogLine, keep: int) -> None:
        """Append; only the newest ``keep`` lines stay."""

    def lines(self, number: int, after: int = 0) -> tuple[LogLine, ...]:
        """What it said after line ``after``."""

    def schedules(self) -> tuple[ScheduleState, ...]:
        """How far each schedule was followed."""

    def follow(
        self, state: ScheduleState, orders: Sequence[Order], moment: datetime, alarm: Alarm | None = None
    ) -> None:
        """Remember how far it was followed, insert what comes of it and save the alarm: all or nothing."""

    def forget_schedule(self, kind: JobKind) -> None:
        """It was turned off."""

    def alarms(self) -> tuple[Alarm, ...]:
        """What is not well, oldest first."""

    def save_alarm(self, alarm: Alarm) -> None:
        """Insert or replace, by kind."""

    def remove_alarm(self, kind: JobKind) -> None:
        """It is well, and that was told."""

    def oldest(self) -> datetime | None:
        """When the first run that is remembered was asked for."""

    def prune(self, before: datetime) -> int:
        """Forget runs that ended earlier, with their lines; how many."""


class Calendar(Protocol):
    """Understands cron's five fields, and what becomes of them when the clocks change, as Debian's cron does."""

    def moments(self, cron: str, zone: str, after: datetime) -> Iterator[datetime]:
        """When it is due, later than ``after``, in UTC, in order, without end (or until it is never due again)."""


class Locks(Protocol):
    """One run at a time; given back when its process dies, however it dies."""

    def hold(self, lock: JobLock) -> AbstractContextManager[object]:
        """Take it at once or not at all.

        Raises:
            Conflict: somebody else holds it.
        """

    def free(self, lock: JobLock) -> bool:
        """Whether nobody holds it now, nor what the work itself will need."""


class Notifier(Protocol):
    """One way to tell the person who runs the house."""

    @property
    def name(self) -> str:
        """``mail``, ``webhook``, ``ntfy``."""

    def tell(self, subject: str, text: str, moment: datetime) -> None:
        """Hand it over.

        Raises:
            NoticeFailed: it was not taken.
        """
