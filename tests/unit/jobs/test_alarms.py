from collections.abc import Callable
from datetime import datetime

import pytest

from fakes.jobs import FakeJobBook, FakeNotifier, JobRoom
from fakes.moving_clock import MovingClock
from machiya.core.errors import Unavailable
from machiya.jobs.alarms import Alarms
from machiya.jobs.model import JobKind, RunState

DAILY = JobKind.BACKUP_DAILY
FAILED = "house.test: backup.daily failed / 失敗しました"
WELL = "house.test: backup.daily is well again / 正常に戻りました"


class Switch:
    """A room whose daily backup fails or succeeds as told."""

    def __init__(self) -> None:
        self.good = False
        self.room = JobRoom({DAILY: lambda _, __: self.work()})

    def work(self) -> str:
        if not self.good:
            raise Unavailable("the disk is away", hint="Mount it.")
        return "done"

    def run(self, *, good: bool) -> list[str]:
        self.good = good
        self.room.run(DAILY)
        self.room.alarms.deliver()
        return self.room.notifier.told


def test_a_job_that_fails_is_told_once_and_once_more_when_it_recovers() -> None:
    switch = Switch()
    assert switch.run(good=True) == []
    for _ in range(3):
        assert switch.run(good=False) == [FAILED]
    for _ in range(3):
        assert switch.run(good=True) == [FAILED, WELL]
    assert switch.run(good=False) == [FAILED, WELL, FAILED]


def test_a_restart_neither_forgets_nor_repeats() -> None:
    switch = Switch()
    switch.run(good=False)
    notifier = FakeNotifier()
    later = Alarms(switch.room.book, [notifier], switch.room.clock, "house.test")
    later.deliver()
    assert notifier.told == []
    later.well(DAILY)
    later.deliver()
    assert notifier.told == [WELL]


def test_text_says_why_and_what_to_do_in_both_languages() -> None:
    switch = Switch()
    switch.run(good=False)
    (text,) = switch.room.notifier.texts
    for words in ("the disk is away. Mount it.", "machiya job history backup.daily", "毎日のスナップショット"):
        assert words in text


def test_what_nobody_took_is_tried_again_after_some_minutes() -> None:
    switch = Switch()
    switch.room.notifier.broken = True
    assert switch.run(good=False) == []
    switch.room.notifier.broken = False
    switch.room.alarms.deliver()
    assert switch.room.notifier.told == []
    switch.room.clock.move(minutes=5)
    switch.room.alarms.deliver()
    assert switch.room.notifier.told == [FAILED]


def test_both_are_told_even_if_it_recovered_before_anybody_could_be_told() -> None:
    switch = Switch()
    switch.room.notifier.broken = True
    switch.run(good=False)
    switch.run(good=True)
    switch.room.notifier.broken = False
    switch.room.clock.move(minutes=6)
    switch.room.alarms.deliver()
    assert switch.room.notifier.told == [FAILED, WELL]


def test_failing_again_before_the_recovery_was_told_is_still_the_same_alarm() -> None:
    switch = Switch()
    switch.run(good=False)
    switch.room.notifier.broken = True
    switch.run(good=True)
    switch.room.notifier.broken = False
    assert switch.run(good=False) == [FAILED]
    switch.room.clock.move(minutes=6)
    switch.room.alarms.deliver()
    assert switch.room.notifier.told == [FAILED]


def test_one_way_that_works_is_enough() -> None:
    book, clock = FakeJobBook(), MovingClock()
    broken, well = FakeNotifier(broken=True), FakeNotifier()
    alarms = Alarms(book, [broken, well], clock, "house.test")
    alarms.ill(DAILY, "why")
    alarms.deliver()
    alarms.deliver()
    assert well.told == [FAILED]


def test_cancelled_is_no_alarm() -> None:
    room = JobRoom({})
    room.alarms.heard(room.ask(DAILY), RunState.CANCELLED, "it was cancelled")
    assert room.book.not_well == {}


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([RunState.FAILED], [FAILED]),
        ([RunState.SUCCEEDED, RunState.FAILED, RunState.MISSED, RunState.CANCELLED], [FAILED]),
        ([RunState.FAILED, RunState.SUCCEEDED], []),
        ([RunState.INTERRUPTED, RunState.ASKED], []),
        ([], []),
    ],
)
def test_catch_up_tells_what_a_dead_process_had_no_time_to_tell(states: list[RunState], expected: list[str]) -> None:
    room = JobRoom({})
    for state in states:
        run = room.ask(DAILY)
        if state is not RunState.ASKED:
            room.book.end(run.number, state, "why", room.clock.now())
    room.alarms.catch_up()
    room.alarms.deliver()
    assert room.notifier.told == expected


class Meanwhile(FakeNotifier):
    """A way to tell that takes so long that a job ends meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.happens: list[Callable[[], None]] = []

    def tell(self, subject: str, text: str, moment: datetime) -> None:
        super().tell(subject, text, moment)
        if self.happens:
            self.happens.pop(0)()


def test_what_happens_while_somebody_is_told_is_not_forgotten() -> None:
    book, notifier = FakeJobBook(), Meanwhile()
    alarms = Alarms(book, [notifier], MovingClock(), "house.test")
    alarms.ill(DAILY, "why")
    notifier.happens = [lambda: alarms.well(DAILY), lambda: alarms.ill(DAILY, "again")]
    for _ in range(3):
        alarms.deliver()
    assert notifier.told == [FAILED, WELL, FAILED]
    alarms.well(DAILY)
    alarms.deliver()
    assert notifier.told == [FAILED, WELL, FAILED, WELL]
    assert book.not_well == {}
