"""One run from its beginning to its end, whatever happens in between."""

from collections.abc import Mapping

import pytest

from fakes.jobs import FakeJobBook, JobRoom
from machiya.core.errors import Unavailable
from machiya.core.progress import Progress
from machiya.jobs.model import SCHEDULE, JobKind, JobLock, RunState, Step

DAILY, WEEKLY, AUDIT = JobKind.BACKUP_DAILY, JobKind.BACKUP_WEEKLY, JobKind.AUDIT_VERIFY


def fine(_: Mapping[str, str], progress: Progress) -> str:
    progress.step("files", 1, 2, unit="files")
    progress.line("half of it")
    progress.step("files", 2, 2, unit="files")
    return "2 files"


def broken(_: Mapping[str, str], __: Progress) -> str:
    raise Unavailable("the disk is away", hint="Mount it.")


def wrong(_: Mapping[str, str], __: Progress) -> str:
    return str(1 // 0)


def test_run_succeeds_and_says_what_it_did() -> None:
    room = JobRoom({DAILY: fine})
    ended = room.run(DAILY)
    assert (ended.state, ended.reason, ended.runner) == (RunState.SUCCEEDED, "2 files", "agent 1")
    assert ended.step == Step("files", 2, 2, "files")
    assert [line.text for line in room.book.lines(ended.number)] == ["half of it"]
    assert room.locks.held == set()


def test_run_that_fails_tells_what_happened_and_what_to_do() -> None:
    ended = JobRoom({DAILY: broken}).run(DAILY)
    assert (ended.state, ended.reason) == (RunState.FAILED, "the disk is away. Mount it.")


def test_run_survives_a_mistake_in_the_job() -> None:
    room = JobRoom({DAILY: wrong})
    ended = room.run(DAILY)
    assert ended.state is RunState.FAILED
    assert ended.reason.startswith("unexpected ZeroDivisionError")
    assert room.locks.held == set()


@pytest.mark.parametrize(
    ("kind", "parameters", "why"),
    [
        ("rm -rf /", {}, "there is no job"),
        ("audit.verify", {"expect": "/etc/passwd"}, "not what it takes"),
        ("audit.verify", {"command": "id"}, "no parameter"),
        ("backup.weekly", {}, "this house cannot run"),
    ],
)
def test_run_does_not_believe_the_row(kind: str, parameters: dict[str, str], why: str) -> None:
    """Whoever may insert rows can write anything into one."""
    room = JobRoom({AUDIT: fine})
    ended = room.run(kind, parameters=parameters)
    assert ended.state is RunState.FAILED
    assert why in ended.reason


def test_run_waits_while_its_lock_is_held() -> None:
    room = JobRoom({DAILY: fine})
    room.locks.held.add(JobLock.BACKUP)
    asked = room.ask(DAILY)
    assert room.runner.run(asked) is None
    assert room.book.runs[asked.number].state is RunState.ASKED
    room.locks.held.clear()
    assert room.runner.run(asked) is not None


def test_run_that_was_cancelled_before_is_not_begun() -> None:
    room = JobRoom({DAILY: fine})
    asked = room.ask(DAILY)
    room.book.cancel(asked.number, "cancelled by cli:hanako", room.clock.now())
    assert room.runner.run(asked) is None
    assert room.book.runs[asked.number].state is RunState.CANCELLED


def test_run_stops_at_its_next_step_when_it_is_cancelled() -> None:
    def work(_: Mapping[str, str], progress: Progress) -> str:
        progress.step("files", 1)
        room.book.cancel(1, "cli:hanako", room.clock.now())
        room.seconds += 1
        progress.step("files", 2)
        raise AssertionError("it went on")

    room = JobRoom({DAILY: work})
    ended = room.run(DAILY)
    assert (ended.state, ended.reason) == (RunState.CANCELLED, "it was cancelled")
    assert room.book.not_well == {}


def stopped_in_the_middle(room: JobRoom, progress: Progress) -> str:
    room.stopping.set()
    progress.step("files", 1)
    raise AssertionError("it went on")


def test_run_of_the_schedule_that_an_agent_leaves_is_asked_for_once_more() -> None:
    room = JobRoom({DAILY: lambda _, progress: stopped_in_the_middle(room, progress)})
    ended = room.run(DAILY, asked_by=SCHEDULE)
    assert (ended.state, ended.reason) == (RunState.INTERRUPTED, "the agent was stopped")
    (again,) = room.book.waiting()
    assert (again.order.kind, again.order.attempt) == (DAILY, 2)
    assert room.book.not_well == {}
    assert room.runner.run(again) is not None
    assert room.book.runs[again.number].state is RunState.INTERRUPTED
    assert room.book.waiting() == ()
    assert set(room.book.not_well) == {DAILY}


def test_run_that_a_person_asked_for_is_not_repeated_by_itself() -> None:
    room = JobRoom({DAILY: lambda _, progress: stopped_in_the_middle(room, progress)})
    assert room.run(DAILY).state is RunState.INTERRUPTED
    assert room.book.waiting() == ()


def test_ctrl_c_ends_the_run_and_goes_on_to_the_person() -> None:
    def work(_: Mapping[str, str], __: Progress) -> str:
        raise KeyboardInterrupt

    room = JobRoom({DAILY: work})
    asked = room.ask(DAILY)
    with pytest.raises(KeyboardInterrupt):
        room.runner.run(asked)
    assert room.book.runs[asked.number].state is RunState.CANCELLED


def test_recover_marks_what_a_dead_process_left_and_repeats_what_was_scheduled() -> None:
    room = JobRoom({DAILY: fine, AUDIT: fine})
    dead, asked = room.ask(DAILY, asked_by=SCHEDULE), room.ask(AUDIT)
    for run in (dead, asked):
        room.book.begin(run.number, "agent 0", room.clock.now())
    room.runner.recover()
    assert [room.book.runs[run.number].state for run in (dead, asked)] == [RunState.INTERRUPTED] * 2
    assert [(run.order.kind, run.order.attempt) for run in room.book.waiting()] == [(DAILY, 2)]
    assert room.locks.held == set()


def test_recover_leaves_alone_what_another_process_runs() -> None:
    room = JobRoom({DAILY: fine})
    running = room.ask(WEEKLY)
    room.book.begin(running.number, "cli:taro 5", room.clock.now())
    room.locks.held.add(JobLock.BACKUP)
    room.runner.recover()
    assert room.book.runs[running.number].state is RunState.RUNNING


def test_run_marks_what_died_before_it_under_the_same_lock() -> None:
    room = JobRoom({DAILY: fine})
    dead = room.ask(WEEKLY)
    room.book.begin(dead.number, "agent 0", room.clock.now())
    assert room.run(DAILY).state is RunState.SUCCEEDED
    assert room.book.runs[dead.number].state is RunState.INTERRUPTED


def test_run_writes_its_end_when_the_database_is_back() -> None:
    def work(_: Mapping[str, str], progress: Progress) -> str:
        room.book.ill = True
        progress.step("files", 1)
        progress.line("nobody hears this")
        return "done"

    def back() -> None:
        room.book.ill = len(room.pauses) < 3

    room = JobRoom({DAILY: work})
    room.on_pause = back
    assert room.run(DAILY).state is RunState.SUCCEEDED
    assert len(room.pauses) == 3


def test_run_that_cannot_write_its_end_is_found_interrupted_by_the_next_agent() -> None:
    def work(_: Mapping[str, str], __: Progress) -> str:
        room.book.ill = True
        return "done"

    room = JobRoom({DAILY: work})
    asked = room.ask(DAILY)
    with pytest.raises(Unavailable):
        room.runner.run(asked)
    room.book.ill = False
    next_room = JobRoom({DAILY: fine}, book=room.book)
    next_room.runner.recover()
    assert room.book.runs[asked.number].state is RunState.INTERRUPTED


def test_progress_is_written_seldom_and_its_end_always() -> None:
    class Counting(FakeJobBook):
        steps = 0

        def note_step(self, number: int, step: Step) -> None:
            Counting.steps += 1
            super().note_step(number, step)

    def work(_: Mapping[str, str], progress: Progress) -> str:
        for done in range(1000):
            room.seconds += 0.001
            progress.step("files", done, 1000)
        return ""

    room = JobRoom({DAILY: work}, book=Counting())
    assert room.run(DAILY).step.done == 999
    assert Counting.steps <= 4
