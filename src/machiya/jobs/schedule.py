"""What is due: each moment of a schedule becomes one run; what was missed is written down and caught up once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from machiya.jobs.model import SCHEDULE, JobKind, Order, RunState

if TYPE_CHECKING:
    from machiya.jobs.ports import Calendar

LATE = timedelta(minutes=10)
"""A run that begins within this is in time."""
SET_BACK = timedelta(hours=3)
"""A clock set back by less waits until it has caught up, so that nothing runs twice; by more, it starts anew.

Source: cron(8) of Debian, "clock changes of less than 3 hours".
"""
_COUNTED = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a kind shall run: cron's five fields in a time zone (IANA's name)."""

    kind: JobKind
    cron: str
    zone: str


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """How far a schedule was followed: every moment up to ``cursor`` is dealt with."""

    schedule: Schedule
    cursor: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What comes of looking at a schedule; ``state`` is to be saved together with ``orders``."""

    state: ScheduleState
    orders: tuple[Order, ...] = ()
    missed: str = ""
    """In plain words, where something was missed."""


def look(schedule: Schedule, known: ScheduleState | None, now: datetime, calendar: "Calendar") -> Due:
    """What is due at ``now``, ``known`` being what was saved last. One that is new or was changed begins now."""
    if known is None or known.schedule != schedule or known.cursor - now > SET_BACK:
        return Due(ScheduleState(schedule, now))
    passed = _passed(schedule, known.cursor, now, calendar)
    if not passed:
        return Due(known)
    last = passed[-1]
    missed = passed if now - last > LATE else passed[:-1]
    reason = _reason(missed)
    order = Order(schedule.kind, SCHEDULE, due_at=last)
    written_down = replace(order, due_at=missed[-1], state=RunState.MISSED, reason=reason) if missed else None
    orders = (written_down, order) if written_down else (order,)
    return Due(replace(known, cursor=last), orders, reason)


def _passed(schedule: Schedule, cursor: datetime, now: datetime, calendar: "Calendar") -> tuple[datetime, ...]:
    """After a long time only the last weeks are counted, unless nothing was due in them."""
    recent = max(cursor, now - _COUNTED)
    found = tuple(_until(calendar.moments(schedule.cron, schedule.zone, recent), now))
    if found or recent == cursor:
        return found
    return tuple(_until(calendar.moments(schedule.cron, schedule.zone, cursor), now))


def _until(moments: Iterable[datetime], now: datetime) -> Iterator[datetime]:
    return takewhile(lambda moment: moment <= now, moments)


def _reason(missed: tuple[datetime, ...]) -> str:
    if not missed:
        return ""
    first, last = (f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (missed[0], missed[-1]))
    when = f"at {first}" if len(missed) == 1 else f"{len(missed)} times from {first} to {last}"
    return f"did not run {when}: no agent was running; it is caught up once"


def next_due(schedule: Schedule, now: datetime, calendar: "Calendar") -> datetime | None:
    """When it is due next; None: never."""
    return next(iter(calendar.moments(schedule.cron, schedule.zone, now)), None)
