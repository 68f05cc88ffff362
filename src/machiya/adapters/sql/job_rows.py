"""A row of ``job_runs`` as a run. No row is believed: what cannot be read is said in the order, and nothing raises."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, Row, Select, select, type_coerce

from machiya.adapters.sql.tables.jobs import job_runs
from machiya.adapters.sql.types import LongText, UtcDateTime
from machiya.jobs.model import Order, Run, RunState, Step

_NEVER = datetime.fromtimestamp(0, UTC)


class _AnyTime(UtcDateTime):
    """A moment, or None where the text is none."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Database to Python."""
        strict = super().result_processor(dialect, coltype)

        def process(value: Any) -> Any:
            with suppress(ValueError, TypeError):
                return strict(value)
            return None

        return process


def select_runs() -> Select[Any]:
    """Every column, none of which raises when it is fetched."""
    return select(*(_tolerant(column) for column in job_runs.c))


def read_run(row: Row[Any]) -> Run:
    """The order's state is where the row began; a row that never waited was only written down."""
    written_down = row.state == RunState.MISSED.value
    damages: list[str] = []
    order = Order(
        kind=str(row.kind),
        asked_by=str(row.asked_by),
        parameters=_parameters(row.parameters, damages),
        due_at=row.due_at,
        attempt=_number(row, "attempt", damages),
        grant=row.grant_used or "",
        state=RunState.MISSED if written_down else RunState.ASKED,
        reason=row.reason if written_down else "",
    )
    state, asked_at = _state(row.state, damages), _asked_at(row.asked_at, damages)
    done, total = (_number(row, name, damages) for name in ("step_done", "step_total"))
    return Run(
        number=row.number,
        order=order,
        asked_at=asked_at,
        state=state,
        started_at=row.started_at,
        ended_at=row.ended_at,
        reason=row.reason,
        runner=row.runner,
        step=Step(row.step, done, total, row.step_unit),
        cancel_asked_at=row.cancel_asked_at,
        damage=", ".join(damages),
    )


def _tolerant(column: Any) -> Any:
    if column.name == "parameters":
        return type_coerce(column, LongText).label(column.name)
    if isinstance(column.type, UtcDateTime):
        return type_coerce(column, _AnyTime).label(column.name)
    return column


def _parameters(text: Any, damages: list[str]) -> Mapping[str, str]:
    with suppress(ValueError, TypeError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict):
            return {name: str(value) for name, value in found.items()}
    damages.append("its parameters are not a list of names and values")
    return {}


def _number(row: Row[Any], name: str, damages: list[str]) -> int:
    value = getattr(row, name)
    if isinstance(value, int):
        return value
    damages.append(f"{name} is no number")
    return 0


def _state(text: str, damages: list[str]) -> RunState:
    with suppress(ValueError):
        return RunState(text)
    damages.append(f"there is no state {text!r}")
    return RunState.FAILED


def _asked_at(moment: datetime | None, damages: list[str]) -> datetime:
    if moment is None:
        damages.append("asked_at is no time")
    return moment or _NEVER
