"""What the agent may rely on to remember, whoever keeps it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from machiya.core.errors import Conflict
from machiya.jobs.model import SCHEDULE, Alarm, JobKind, LogLine, Order, RunState, Step
from machiya.jobs.ports import JobBook
from machiya.jobs.schedule import Schedule, ScheduleState

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAILY, AUDIT = JobKind.BACKUP_DAILY, JobKind.AUDIT_VERIFY
ORDER = Order("audit.verify", "administrator:alice")
STATE = ScheduleState(Schedule(DAILY, "0 3 * * *", "Asia/Tokyo"), NOON)


def test_nothing_is_there_at_first(job_book: JobBook) -> None:
    assert job_book.newest(10) == job_book.waiting() == job_book.running() == ()
    assert (job_book.schedules(), job_book.alarms(), job_book.lines(1)) == ((), (), ())
    assert (job_book.find(1), job_book.oldest(), job_book.cancel_asked(1)) == (None, None, False)
    assert not job_book.begin(1, "agent 1", NOON)
    assert not job_book.end(1, RunState.FAILED, "", NOON)
    assert job_book.cancel(1, "", NOON) is None


def test_ask_keeps_every_field(job_book: JobBook) -> None:
    order = Order(
        "audit.verify", "administrator:あ", {"expect": "1:ab", "x": "改"}, due_at=NOON - MINUTE, attempt=2, grant="g.1"
    )
    asked = job_book.ask(order, NOON)
    assert (asked.order, asked.state, asked.asked_at, asked.ended_at) == (order, RunState.ASKED, NOON, None)
    assert job_book.find(asked.number) == asked
    assert job_book.oldest() == NOON


def test_a_kind_nobody_knows_is_read_as_it_is(job_book: JobBook) -> None:
    """The book is no judge: the runner refuses it and says so in the row."""
    asked = job_book.ask(replace(ORDER, kind="rm -rf /"), NOON)
    assert job_book.waiting() == (asked,)


def test_numbers_count_up_and_are_not_given_twice(job_book: JobBook) -> None:
    first, second = (job_book.ask(ORDER, NOON).number for _ in range(2))
    assert second > first
    job_book.end(second, RunState.SUCCEEDED, "", NOON)
    assert job_book.prune(NOON + MINUTE) == 1
    assert job_book.ask(ORDER, NOON).number > second


def test_a_grant_is_used_once_and_no_grant_as_often_as_one_likes(job_book: JobBook) -> None:
    job_book.ask(replace(ORDER, grant="g"), NOON)
    job_book.ask(ORDER, NOON)
    job_book.ask(ORDER, NOON)
    with pytest.raises(Conflict, match="used before"):
        job_book.ask(replace(ORDER, grant="g"), NOON)
    assert len(job_book.waiting()) == 3


def test_a_run_goes_from_asked_to_running_to_its_end_and_never_back(job_book: JobBook) -> None:
    number = job_book.ask(ORDER, NOON).number
    assert job_book.begin(number, "agent 7 (boot ab)", NOON + MINUTE)
    assert not job_book.begin(number, "agent 8", NOON + MINUTE)
    assert [run.number for run in job_book.running()] == [number]
    assert job_book.end(number, RunState.FAILED, "the disk is away 改", NOON + 2 * MINUTE)
    assert not job_book.end(number, RunState.SUCCEEDED, "no", NOON + 3 * MINUTE)
    run = job_book.find(number)
    assert run is not None
    assert (run.state, run.reason, run.runner) == (RunState.FAILED, "the disk is away 改", "agent 7 (boot ab)")
    assert (run.started_at, run.ended_at) == (NOON + MINUTE, NOON + 2 * MINUTE)
    assert job_book.running() == job_book.waiting() == ()


def test_end_asks_again_only_if_it_was_the_end(job_book: JobBook) -> None:
    number = job_book.ask(replace(ORDER, asked_by=SCHEDULE), NOON).number
    again = Order("audit.verify", SCHEDULE, attempt=2)
    assert job_book.end(number, RunState.INTERRUPTED, "", NOON, again)
    assert not job_book.end(number, RunState.INTERRUPTED, "", NOON, again)
    assert [run.order for run in job_book.waiting()] == [again]


def test_cancel_ends_what_waits_and_marks_what_runs(job_book: JobBook) -> None:
    waits, runs, over = (job_book.ask(ORDER, NOON).number for _ in range(3))
    job_book.begin(runs, "agent 1", NOON)
    job_book.end(over, RunState.SUCCEEDED, "done", NOON)
    cancelled, running, ended = (job_book.cancel(number, "by cli:taro", NOON) for number in (waits, runs, over))
    assert cancelled is not None
    assert running is not None
    assert ended is not None
    assert (cancelled.state, cancelled.reason, cancelled.ended_at) == (RunState.CANCELLED, "by cli:taro", NOON)
    assert (running.state, running.cancel_asked_at) == (RunState.RUNNING, NOON)
    assert (ended.state, ended.reason, ended.cancel_asked_at) == (RunState.SUCCEEDED, "done", None)
    assert [job_book.cancel_asked(number) for number in (waits, runs, over)] == [True, True, False]


def test_newest_is_newest_first_of_one_kind_or_all(job_book: JobBook) -> None:
    numbers = [job_book.ask(replace(ORDER, kind=kind), NOON).number for kind in (AUDIT, DAILY, AUDIT)]
    assert [run.number for run in job_book.newest(2)] == numbers[:0:-1]
    assert [run.number for run in job_book.newest(9, kind=AUDIT)] == [numbers[2], numbers[0]]


def test_note_step_keeps_large_numbers(job_book: JobBook) -> None:
    number = job_book.ask(ORDER, NOON).number
    step = Step("mail 改", 5 * 10**12, 9 * 10**12, "bytes")
    job_book.note_step(number, step)
    run = job_book.find(number)
    assert run is not None
    assert run.step == step
    assert step.percent == 55


def test_lines_come_after_a_number_and_only_the_newest_stay(job_book: JobBook) -> None:
    number, other = (job_book.ask(ORDER, NOON).number for _ in range(2))
    lines = [LogLine(count, NOON + count * MINUTE, f"line {count} 改") for count in range(1, 8)]
    for line in lines:
        job_book.add_line(number, line, keep=3)
    job_book.add_line(other, lines[0], keep=3)
    assert job_book.lines(number) == tuple(lines[4:])
    assert job_book.lines(number, 6) == (lines[6],)
    assert job_book.lines(other) == (lines[0],)


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b", "あ" * 5000])
def test_odd_and_long_text_does_not_fail(job_book: JobBook, odd: str) -> None:
    number = job_book.ask(replace(ORDER, asked_by=odd, parameters={"x": odd}), NOON).number
    job_book.note_step(number, Step(odd, 1, 2, odd))
    job_book.add_line(number, LogLine(1, NOON, odd), keep=3)
    job_book.save_alarm(Alarm(DAILY, NOON, odd))
    assert job_book.end(number, RunState.FAILED, odd, NOON)
    run = job_book.find(number)
    assert run is not None
    assert run.order.parameters == {"x": odd}


def test_follow_keeps_the_schedule_and_what_came_of_it_together(job_book: JobBook) -> None:
    missed = Order("backup.daily", SCHEDULE, due_at=NOON, state=RunState.MISSED, reason="did not run")
    due = Order("backup.daily", SCHEDULE, due_at=NOON)
    job_book.follow(STATE, [missed, due], NOON)
    assert job_book.schedules() == (STATE,)
    written, asked = reversed(job_book.newest(9))
    assert (written.state, written.reason, written.order, written.ended_at) == (
        RunState.MISSED, "did not run", missed, NOON
    )  # fmt: skip
    assert (asked.order, job_book.waiting()) == (due, (asked,))


def test_follow_again_replaces_and_forget_schedule_removes(job_book: JobBook) -> None:
    other = ScheduleState(Schedule(AUDIT, "30 4 * * *", "UTC"), NOON)
    later = ScheduleState(Schedule(DAILY, "0 5 * * *", "UTC"), NOON + MINUTE)
    for state in (STATE, other, later):
        job_book.follow(state, [], NOON)
    assert set(job_book.schedules()) == {other, later}
    job_book.forget_schedule(AUDIT)
    assert job_book.schedules() == (later,)


def test_follow_is_all_or_nothing(job_book: JobBook) -> None:
    job_book.ask(replace(ORDER, grant="g"), NOON)
    with pytest.raises(Conflict):
        job_book.follow(STATE, [replace(ORDER, grant="g")], NOON)
    assert len(job_book.newest(9)) == 1
    assert job_book.schedules() == ()


def test_follow_saves_the_alarm_in_the_same_moment_or_not_at_all(job_book: JobBook) -> None:
    alarm = Alarm(DAILY, NOON, "did not run")
    job_book.ask(replace(ORDER, grant="g"), NOON)
    with pytest.raises(Conflict):
        job_book.follow(STATE, [replace(ORDER, grant="g")], NOON, alarm)
    assert job_book.alarms() == ()
    job_book.follow(STATE, [], NOON, alarm)
    assert job_book.alarms() == (alarm,)


def test_alarms_are_kept_by_kind_oldest_first(job_book: JobBook) -> None:
    later, earlier = Alarm(AUDIT, NOON + MINUTE, "改"), Alarm(DAILY, NOON, "why")
    for alarm in (later, earlier):
        job_book.save_alarm(alarm)
    assert job_book.alarms() == (earlier, later)
    told = replace(earlier, told_at=NOON, recovered_at=NOON + MINUTE)
    job_book.save_alarm(told)
    assert job_book.alarms() == (told, later)
    job_book.remove_alarm(DAILY)
    assert job_book.alarms() == (later,)


def test_prune_forgets_what_ended_with_its_lines_and_nothing_else(job_book: JobBook) -> None:
    old, new, waits = (job_book.ask(ORDER, NOON).number for _ in range(3))
    job_book.add_line(old, LogLine(1, NOON, "x"), keep=3)
    job_book.end(old, RunState.SUCCEEDED, "", NOON)
    job_book.end(new, RunState.SUCCEEDED, "", NOON + MINUTE)
    assert job_book.prune(NOON + MINUTE) == 1
    assert {run.number for run in job_book.newest(9)} == {new, waits}
    assert job_book.lines(old) == ()


def test_one_of_many_begins_a_run(job_book: JobBook) -> None:
    number = job_book.ask(ORDER, NOON).number
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda who: job_book.begin(number, f"agent {who}", NOON), range(16)))
    assert begun.count(True) == 1
