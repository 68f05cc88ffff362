"""Who is told: once when a job fails or does not run, and once more when it is well again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

import structlog

from machiya.core.clock import Clock
from machiya.core.errors import MachiyaError
from machiya.jobs.kinds import KINDS
from machiya.jobs.model import Alarm, JobKind, Run, RunState
from machiya.jobs.ports import JobBook, Notifier
from machiya.jobs.words import failure, recovery

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

    def catch_up(self) -> None:
        """Of each kind how it ended last: whoever wrote that may have died before it came to the alarm."""
        for kind in KINDS:
            runs = self._book.newest(_LOOKED_AT, kind=kind)
            last = next((run for run in runs if run.open or run.state in _TELLING), None)
            if last is not None and not last.open:
                self.heard(last, last.state, last.reason)

    def ill(self, kind: JobKind, reason: str) -> None:
        """It failed, or did not run; what is known already is not told again."""
        with self._changing:
            known = self._known(kind)
            if known is None:
                self._book.save_alarm(Alarm(kind, self._clock.now(), reason))
            elif known.recovered_at is not None:
                self._book.save_alarm(replace(known, recovered_at=None))

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

    def _known(self, kind: JobKind) -> Alarm | None:
        return next((alarm for alarm in self._book.alarms() if alarm.kind is kind), None)

    def _settle(self, alarm: Alarm) -> bool:
        """Telling takes its time, and jobs go on meanwhile: what is written is about the alarm as it is by then."""
        if alarm.told_at is None:
            if not self._tell(failure(alarm, self._house), self._clock.now()):
                return False
            self._update(alarm, told_at=self._clock.now())
        if alarm.recovered_at is not None:
            if not self._tell(recovery(alarm, self._house), self._clock.now()):
                return False
            self._close(alarm.kind)
        return True

    def _update(self, alarm: Alarm, told_at: datetime) -> None:
        with self._changing:
            self._book.save_alarm(replace(self._known(alarm.kind) or alarm, told_at=told_at))

    def _close(self, kind: JobKind) -> None:
        """One that failed again while its recovery was told is a new one."""
        with self._changing:
            known = self._known(kind)
            if known is not None and known.recovered_at is None:
                self._book.save_alarm(replace(known, since=self._clock.now(), told_at=None))
            else:
                self._book.remove_alarm(kind)

    def _tell(self, notice: tuple[str, str], now: datetime) -> bool:
        """Whether one of the ways took it; a house without any has told all it can."""
        taken = not self._notifiers
        for notifier in self._notifiers:
            try:
                notifier.tell(*notice, now)
                taken = True
            except MachiyaError as error:
                _log.warning("notice.failed", way=notifier.name, reason=error.message)
        return taken
