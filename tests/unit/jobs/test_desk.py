import pytest

from fakes.jobs import FakeJobBook
from fakes.moving_clock import MovingClock
from machiya.adapters.cron.calendar import CronCalendar
from machiya.core.errors import Conflict, InvalidInput, NotFound, Refused
from machiya.jobs.desk import JobDesk
from machiya.jobs.model import JobKind, RunState
from machiya.jobs.schedule import Schedule

AUDIT, DAILY = JobKind.AUDIT_VERIFY, JobKind.BACKUP_DAILY
HEAD = "1:" + "a" * 64


@pytest.fixture
def book() -> FakeJobBook:
    return FakeJobBook()


@pytest.fixture
def desk(book: FakeJobBook) -> JobDesk:
    schedules = {AUDIT: Schedule(AUDIT, "30 4 * * *", "UTC")}
    return JobDesk(book, CronCalendar(), MovingClock(), (AUDIT,), schedules)


def test_kinds_tells_schedule_next_and_last(desk: JobDesk) -> None:
    (before,) = desk.kinds()
    assert (before.kind, before.last) == (AUDIT, None)
    assert f"{before.next_at:%d %H:%M}" == "24 04:30"
    asked = desk.ask(AUDIT, {}, "cli:taro")
    assert desk.kinds()[0].last == asked


def test_ask_twice_is_one_run_unless_something_else_is_wanted(desk: JobDesk) -> None:
    first = desk.ask(AUDIT, {}, "cli:taro")
    assert desk.ask(AUDIT, {}, "cli:hanako") == first
    assert desk.ask_or_join(AUDIT, {}, "cli:hanako") == (first, False)
    assert desk.ask(AUDIT, {"expect": HEAD}, "cli:hanako") != first


def test_ask_refuses_what_the_house_cannot_and_what_is_not_typed(desk: JobDesk) -> None:
    with pytest.raises(Refused, match="cannot run backup"):
        desk.ask(DAILY, {}, "cli:taro")
    with pytest.raises(InvalidInput):
        desk.ask(AUDIT, {"path": "/"}, "cli:taro")


def test_cancel_ends_what_waits_and_asks_what_runs(desk: JobDesk, book: FakeJobBook) -> None:
    waits = desk.ask(AUDIT, {}, "cli:taro")
    assert desk.cancel(waits.number, "cli:hanako").state is RunState.CANCELLED
    runs = desk.ask(AUDIT, {}, "cli:taro")
    book.begin(runs.number, "agent 1", runs.asked_at)
    stopping = desk.cancel(runs.number, "cli:hanako")
    assert stopping.state is RunState.RUNNING
    assert stopping.cancel_asked_at is not None


def test_cancel_refuses_what_has_ended_or_never_was(desk: JobDesk) -> None:
    waits = desk.ask(AUDIT, {}, "cli:taro")
    desk.cancel(waits.number, "cli:taro")
    with pytest.raises(Conflict, match="has ended already"):
        desk.cancel(waits.number, "cli:taro")
    with pytest.raises(NotFound, match="no run 99"):
        desk.cancel(99, "cli:taro")
