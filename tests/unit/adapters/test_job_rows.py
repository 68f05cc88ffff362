"""Rows that nobody of this program wrote: the agent reads them, refuses them and goes on."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import column, insert, table

from fakes.jobs import FakeLocks, FakeNotifier
from fakes.moving_clock import MovingClock
from machiya.adapters.sql.engine import open_engine, sqlite_url
from machiya.adapters.sql.jobs import SqlJobBook
from machiya.adapters.sql.tables import metadata
from machiya.jobs.alarms import Alarms
from machiya.jobs.model import JobKind, RunState
from machiya.jobs.running import Runner, Tools

DAILY = JobKind.BACKUP_DAILY
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROW = {
    "kind": "backup.daily", "state": "asked", "asked_by": "x", "asked_at": "2026-11-23 10:00:00.000000",
    "parameters": "{}", "attempt": 1, "grant_used": None, "reason": "", "runner": "", "step": "", "step_done": 0,
    "step_total": 0, "step_unit": "",
}  # fmt: skip


class Room:
    """A runner on a database in a file, into which anything is written."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_engine(sqlite_url(folder / "db"))
        metadata.create_all(self.engine)
        self.book, clock = SqlJobBook(self.engine), MovingClock()
        self.runner = Runner(
            Tools(
                book=self.book, works={DAILY: lambda *_: "fine"}, locks=FakeLocks(), clock=clock,
                alarms=Alarms(self.book, [FakeNotifier()], clock, "house.test"), monotonic=lambda: 0.0,
                runner="agent 1", pause=lambda _: None,
            ),
            Event(),
        )  # fmt: skip

    def insert(self, **changes: Any) -> None:
        row = ROW | changes
        with self.engine.begin() as connection:
            connection.execute(insert(table("job_runs", *map(column, row))).values(**row))


@pytest.fixture
def room(tmp_path: Path) -> Any:
    made = Room(tmp_path)
    yield made
    made.engine.dispose()


BAD = [
    {"parameters": "[]"}, {"parameters": "null"}, {"parameters": "{"}, {"parameters": "[" * 100_000},
    {"asked_at": "yesterday"}, {"attempt": "many"}, {"step_done": "all"},
]  # fmt: skip


@pytest.mark.parametrize("changes", BAD)
def test_a_row_that_cannot_be_believed_fails_and_says_why(room: Room, changes: dict[str, Any]) -> None:
    room.insert(**changes)
    (waits,) = room.book.waiting()
    ended = room.runner.run(waits)
    assert ended is not None
    assert (ended.state, room.book.waiting()) == (RunState.FAILED, ())
    assert "its row in the database is damaged" in ended.reason


@pytest.mark.parametrize("changes", BAD)
def test_such_a_row_that_runs_is_ended_and_not_run_again(room: Room, changes: dict[str, Any]) -> None:
    room.insert(state="running", asked_by="schedule", **changes)
    room.runner.recover()
    assert (room.book.running(), room.book.waiting()) == ((), ())
    assert [run.state for run in room.book.newest(9)] == [RunState.FAILED]


def test_a_state_and_times_that_there_are_not_do_not_hide_the_other_rows(room: Room) -> None:
    room.insert(state="resting", due_at="x", started_at="", ended_at="soon", cancel_asked_at="?")
    room.insert()
    assert [run.state for run in room.book.newest(9)] == [RunState.ASKED, RunState.FAILED]


def test_a_scheduled_row_with_a_grant_is_run_again_without_it(room: Room) -> None:
    """The grant of a row can be no other row's."""
    room.insert(state="running", asked_by="schedule", grant_used="x")
    room.runner.recover()
    (again,) = room.book.waiting()
    assert (again.order.grant, again.order.attempt) == ("", 2)
    ended = room.runner.run(again)
    assert ended is not None
    assert ended.state is RunState.SUCCEEDED
