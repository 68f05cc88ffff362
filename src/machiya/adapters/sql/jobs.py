"""Runs, schedules and alarms of jobs, in the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, insert, select, update

from machiya.adapters.sql.engine import for_writing
from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.job_rows import read_run, select_runs
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.jobs import job_alarms, job_lines, job_runs, job_schedules
from machiya.core.errors import Conflict
from machiya.jobs.model import Alarm, JobKind, LogLine, Order, Run, RunState, Step
from machiya.jobs.schedule import Schedule, ScheduleState

_ASKED, _RUNNING = RunState.ASKED.value, RunState.RUNNING.value
_KINDS = [kind.value for kind in JobKind]


class SqlJobBook:
    """``JobBook``; each call is its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = for_writing(engine)

    def ask(self, order: Order, moment: datetime) -> Run:
        """Insert a run.

        Raises:
            Conflict: its grant was used before.
        """
        try:
            with self._writing() as connection:
                return _insert(connection, order, moment)
        except Conflict as error:
            raise Conflict("the grant of this job was used before", hint="Ask for the job again.") from error

    def find(self, number: int) -> Run | None:
        """One run."""
        return next(iter(self._runs(select_runs().where(job_runs.c.number == number))), None)

    def newest(self, limit: int, *, kind: JobKind | None = None) -> tuple[Run, ...]:
        """Newest first."""
        query = select_runs().order_by(job_runs.c.number.desc()).limit(limit)
        return self._runs(query.where(job_runs.c.kind == kind.value) if kind else query)

    def waiting(self) -> tuple[Run, ...]:
        """Those asked for, oldest first."""
        return self._runs(select_runs().where(job_runs.c.state == _ASKED).order_by(job_runs.c.number))

    def running(self) -> tuple[Run, ...]:
        """Those that run, or whose process died, oldest first."""
        return self._runs(select_runs().where(job_runs.c.state == _RUNNING).order_by(job_runs.c.number))

    def begin(self, number: int, runner: str, moment: datetime) -> bool:
        """From ASKED to RUNNING; false: it is not ASKED any more."""
        with self._writing() as connection:
            return _change(connection, number, [_ASKED], state=_RUNNING, runner=runner, started_at=moment)

    def end(self, number: int, state: RunState, reason: str, moment: datetime, again: Order | None = None) -> bool:
        """From ASKED or RUNNING to its end, ``again`` asked in the same moment; false: it had ended before."""
        with self._writing() as connection:
            changes = {"state": state.value, "reason": reason, "ended_at": moment}
            ended = _change(connection, number, [_ASKED, _RUNNING], **changes)
            if ended and again:
                _insert(connection, again, moment)
            return ended

    def cancel(self, number: int, reason: str, moment: datetime) -> Run | None:
        """One that is asked ends, one that runs is asked to stop; the run as it is then. None: there is none."""
        with self._writing() as connection:
            changes = {"state": RunState.CANCELLED.value, "reason": reason, "ended_at": moment}
            if not _change(connection, number, [_ASKED], cancel_asked_at=moment, **changes):
                _change(connection, number, [_RUNNING], cancel_asked_at=moment)
        return self.find(number)

    def cancel_asked(self, number: int) -> bool:
        """Whether somebody wants its end."""
        query = select(job_runs.c.cancel_asked_at).where(job_runs.c.number == number)
        with self._reading() as connection:
            return connection.scalar(query) is not None

    def note_step(self, number: int, step: Step) -> None:
        """How far it is."""
        values = {"step": step.name, "step_done": step.done, "step_total": step.total, "step_unit": step.unit}
        with self._writing() as connection:
            connection.execute(update(job_runs).where(job_runs.c.number == number).values(**values))

    def add_line(self, number: int, line: LogLine, keep: int) -> None:
        """Append; only the newest ``keep`` lines stay."""
        lines = job_lines.c
        with self._writing() as connection:
            values = {"run": number, "number": line.number, "at": line.at, "text": line.text}
            connection.execute(insert(job_lines), values)
            connection.execute(delete(job_lines).where(lines.run == number, lines.number <= line.number - keep))

    def lines(self, number: int, after: int = 0) -> tuple[LogLine, ...]:
        """What it said after line ``after``."""
        lines = job_lines.c
        query = select(job_lines).where(lines.run == number, lines.number > after).order_by(lines.number)
        with self._reading() as connection:
            return tuple(LogLine(row.number, row.at, row.text) for row in connection.execute(query))

    def schedules(self) -> tuple[ScheduleState, ...]:
        """How far each schedule was followed; those of kinds that this program does not know are left alone."""
        query = select(job_schedules).where(job_schedules.c.kind.in_(_KINDS)).order_by(job_schedules.c.kind)
        with self._reading() as connection:
            return tuple(
                ScheduleState(Schedule(JobKind(row.kind), row.cron, row.zone), row.followed_to)
                for row in connection.execute(query)
            )

    def follow(
        self, state: ScheduleState, orders: Sequence[Order], moment: datetime, alarm: Alarm | None = None
    ) -> None:
        """Remember how far it was followed, insert what comes of it and save the alarm: all or nothing."""
        schedule = state.schedule
        values = {"kind": schedule.kind.value, "cron": schedule.cron, "zone": schedule.zone}
        with self._writing() as connection:
            statement = upsert(job_schedules, connection.dialect)
            connection.execute(statement, values | {"followed_to": state.cursor})
            for order in orders:
                _insert(connection, order, moment)
            if alarm is not None:
                _save(connection, alarm)

    def forget_schedule(self, kind: JobKind) -> None:
        """It was turned off."""
        with self._writing() as connection:
            connection.execute(delete(job_schedules).where(job_schedules.c.kind == kind.value))

    def alarms(self) -> tuple[Alarm, ...]:
        """What is not well, oldest first."""
        alarms = job_alarms.c
        query = select(job_alarms).where(alarms.kind.in_(_KINDS)).order_by(alarms.since, alarms.kind)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return tuple(Alarm(JobKind(row.kind), row.since, row.reason, row.told_at, row.recovered_at) for row in rows)

    def save_alarm(self, alarm: Alarm) -> None:
        """Insert or replace, by kind."""
        with self._writing() as connection:
            _save(connection, alarm)

    def remove_alarm(self, kind: JobKind) -> None:
        """It is well, and that was told."""
        with self._writing() as connection:
            connection.execute(delete(job_alarms).where(job_alarms.c.kind == kind.value))

    def oldest(self) -> datetime | None:
        """When the first run that is remembered was asked for."""
        with self._reading() as connection:
            return connection.scalar(select(job_runs.c.asked_at).order_by(job_runs.c.number).limit(1))

    def prune(self, before: datetime) -> int:
        """Forget runs that ended earlier, with their lines; how many."""
        with self._writing() as connection:
            return int(connection.execute(delete(job_runs).where(job_runs.c.ended_at < before)).rowcount)

    def _runs(self, query: Select[Any]) -> tuple[Run, ...]:
        with self._reading() as connection:
            return tuple(read_run(row) for row in connection.execute(query))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translating(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translating(), self._writer.begin() as connection:
            yield connection


def _change(connection: Connection, number: int, states: Sequence[str], **values: Any) -> bool:
    """Only from one of ``states``: two processes cannot both do it."""
    runs = job_runs.c
    statement = update(job_runs).where(runs.number == number, runs.state.in_(states)).values(**values)
    return bool(connection.execute(statement).rowcount)


def _insert(connection: Connection, order: Order, moment: datetime) -> Run:
    values = _values(order, moment)
    done = connection.execute(insert(job_runs).values(**values))
    number = done.inserted_primary_key[0] if done.inserted_primary_key else 0
    return read_run(connection.execute(select_runs().where(job_runs.c.number == number)).one())


def _save(connection: Connection, alarm: Alarm) -> None:
    values = {
        "kind": alarm.kind.value, "since": alarm.since, "reason": alarm.reason, "told_at": alarm.told_at,
        "recovered_at": alarm.recovered_at,
    }  # fmt: skip
    connection.execute(upsert(job_alarms, connection.dialect), values)


def _values(order: Order, moment: datetime) -> Mapping[str, Any]:
    return {
        "kind": order.kind,
        "state": order.state.value,
        "asked_by": order.asked_by,
        "asked_at": moment,
        "parameters": dict(order.parameters),
        "attempt": order.attempt,
        "grant_used": order.grant or None,
        "due_at": order.due_at,
        "ended_at": None if order.state is RunState.ASKED else moment,
        "reason": order.reason,
        "runner": "",
        "step": "",
        "step_done": 0,
        "step_total": 0,
        "step_unit": "",
    }
