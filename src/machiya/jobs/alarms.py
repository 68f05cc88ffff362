"""Who is told: once when a job fails or does not run, and once more when it is well again."""

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

import structlog

from machiya.core.clock import Clock
from machiya.core.errors import MachiyaError
from machiya.jobs.kinds import KINDS
from machiya.jobs.model import NOT_RUN, Alarm, JobKind, Run, RunState
from machiya.jobs.ports import JobBook, Notifier
from machiya.jobs.words import failure, recovery, trouble

RETRY_AFTER = timedelta(minutes=5)
_BAD = frozenset({RunState.FAILED, RunState.INTERRUPTED})
_TELLING = _BAD | {RunState.SUCCEEDED}
_LOOKED_AT = 10
_log = structlog.get_logger()


class Alarms:
    """Alarms are rows, so that a restart neither forgets one nor tells it again.

    Args:
        house: its name, for the subject.
    """

    def __init__(self, book: JobBook, notifiers: Sequence[Notifier], clock: Clock, house: str) -> None:
        self._book, self._notifiers, self._clock, self._house = book, notifiers, clock, house
        self._not_before: datetime | None = None
        self._troubles: list[tuple[str, str, datetime]] = []
        self._changing = Lock()

    def heard(self, run: Run, state: RunState, reason: str, *, again: bool = False) -> None:
        """A run ended; one that is tried ``again`` is no alarm yet."""
        if run.order.kind not in KINDS:
            return
        kind = JobKind(run.order.kind)
        if state is RunState.SUCCEEDED:
            self.well(kind)
        elif state in _BAD and not again:
            self.ill(kind, reason)

    def catch_up(self, scheduled: Container[JobKind] = frozenset(KINDS)) -> None:
        """Of each kind how it ended last: whoever wrote that may have died before it came to the alarm.

        What the schedule ran of a kind that is not ``scheduled`` any more concerns nobody.
        """
        for kind in KINDS:
            runs = self._book.newest(_LOOKED_AT, kind=kind)
            last = next((run for run in runs if run.open or run.state in _TELLING), None)
            if last is not None and not last.open and (kind in scheduled or not last.scheduled):
                self.heard(last, last.state, last.reason)

    def ill(self, kind: JobKind, reason: str, together: Callable[[Alarm | None], None] | None = None) -> None:
        """It failed, or did not run; what is known already is not told again.

        ``together`` writes the alarm, if there is anything new to it, with something else in one transaction.
        """
        with self._changing:
            alarm = self._illness(kind, reason)
            if together is not None:
                together(alarm)
            elif alarm is not None:
                self._book.save_alarm(alarm)

    def trouble(self, part: str, reason: str) -> None:
        """The agent itself cannot do a part of its work; told at the next ``deliver``, once."""
        self._troubles.append((part, reason, self._clock.now()))

    def dismiss(self, kind: JobKind) -> None:
        """It shall not run any more: nothing of it is told."""
        with self._changing:
            self._book.remove_alarm(kind)

    def well(self, kind: JobKind) -> None:
        """It ran to its end."""
        with self._changing:
            known = self._known(kind)
            if known is not None and known.recovered_at is None:
                self._book.save_alarm(replace(known, recovered_at=self._clock.now()))

    def deliver(self) -> None:
        """Tell what was not told yet; what nobody took is tried again in some minutes."""
        now = self._clock.now()
        if self._not_before is not None and self._not_before - RETRY_AFTER <= now < self._not_before:
            return
        self._not_before = None
        for alarm in self._book.alarms():
            if not self._settle(alarm):
                self._not_before = now + RETRY_AFTER
        self._troubles = [one for one in self._troubles if not self._tell(trouble(*one, self._house), one[2])]
        if self._troubles:
            self._not_before = now + RETRY_AFTER

    def _illness(self, kind: JobKind, reason: str) -> Alarm | None:
        """The alarm as it is to be written; None: it is written already.

        That it fails is news where it had not run; that it did not run either is none where it fails.
        """
        known = self._known(kind)
        if known is None:
            return Alarm(kind, self._clock.now(), reason)
        if known.ran and known.recovered_at is None and reason.startswith(NOT_RUN):
            return None
        alarm = replace(known, reason=reason, recovered_at=None)
        if alarm.ran and not known.ran:
            alarm = replace(alarm, told_at=None)
        return alarm if alarm != known else None

    def _known(self, kind: JobKind) -> Alarm | None:
        return next((alarm for alarm in self._book.alarms() if alarm.kind is kind), None)

    def _settle(self, alarm: Alarm) -> bool:
        """Telling takes its time, and jobs go on meanwhile: what is written is about the alarm as it is by then."""
        if alarm.told_at is None:
            if not self._tell(failure(alarm, self._house), alarm.since):
                return False
            self._update(alarm, told_at=self._clock.now())
        if alarm.recovered_at is not None:
            if not self._tell(recovery(alarm, self._house), alarm.recovered_at):
                return False
            self._close(alarm.kind)
        return True

    def _update(self, alarm: Alarm, told_at: datetime) -> None:
        with self._changing:
            known = self._known(alarm.kind)
            if known is not None and (alarm.ran or not known.ran):
                self._book.save_alarm(replace(known, told_at=told_at))

    def _close(self, kind: JobKind) -> None:
        """One that failed again while its recovery was told is a new one."""
        with self._changing:
            known = self._known(kind)
            if known is not None and known.recovered_at is None:
                self._book.save_alarm(replace(known, since=self._clock.now(), told_at=None))
            else:
                self._book.remove_alarm(kind)

    def _tell(self, notice: tuple[str, str], moment: datetime) -> bool:
        """Whether one of the ways took it; a house without any has told all it can.

        ``moment`` is that of what is told: told again, it is known as the same notice.
        """
        taken = not self._notifiers
        for notifier in self._notifiers:
            try:
                notifier.tell(*notice, moment)
                taken = True
            except MachiyaError as error:
                _log.warning("notice.failed", way=notifier.name, reason=error.message)
        return taken
