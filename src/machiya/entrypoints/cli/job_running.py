"""A job that somebody waits for at the command line: asked of the agent and followed, or run right here."""

from collections.abc import Mapping
from threading import Event
from typing import TYPE_CHECKING

from machiya.core.errors import Conflict, Unavailable
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import console
from machiya.jobs.kinds import KINDS
from machiya.jobs.model import JobKind, Run, RunState, Step

if TYPE_CHECKING:
    from machiya.bootstrap import House

LOOK_SECONDS = 0.3


def ask_and_see(house: "House", kind: JobKind, given: Mapping[str, str], who: str, *, detach: bool) -> Run:
    """Have it run; as it ended, or with ``detach`` as it was asked for.

    Raises:
        Unavailable: ``detach``, and there is no agent.
        Conflict: another process is at a job with the same lock.
    """
    agent = house.jobs.agent_pid
    if detach and not agent:
        raise Unavailable(
            "no agent runs", hint="machiya up or machiya agent starts one; without --detach it runs here."
        )
    asked, own = house.jobs.desk.ask_or_join(kind, given, who)
    if detach:
        return asked
    return follow(house, asked.number) if agent else _run_here(house, asked, who, own=own)


def follow(house: "House", number: int) -> Run:
    """Show what it says until it has ended. Ctrl-C ends the looking, not the run."""
    shown, line = Shown(), 0
    pause = Event()
    while True:
        run = house.jobs.desk.find(number)  # before its lines: none can come after its end
        for said in house.jobs.book.lines(number, line):
            console.note(said.text)
            line = said.number
        if not run.open:
            return _tell_end(run)
        shown.step(run.step)
        pause.wait(LOOK_SECONDS)


def _run_here(house: "House", asked: Run, who: str, *, own: bool) -> Run:
    """What somebody else asked for is never cancelled; what another process has begun meanwhile is followed."""
    shown, stopping = Shown(), Event()

    def heard(step: Step, line: str) -> None:
        console.note(line) if line else shown.step(step)

    runner = house.jobs.runner(who, stopping)
    runner.recover()
    ended = runner.run(asked, heard)
    if ended is None and house.jobs.desk.find(asked.number).state is not RunState.ASKED:
        return follow(house, asked.number)
    if ended is None:
        if own:
            house.jobs.desk.cancel(asked.number, who)
        lock = KINDS[JobKind(asked.order.kind)].lock
        raise Conflict(f"another process is at a job that holds {lock}", hint="machiya job history shows it.")
    house.jobs.alarms.deliver()
    return _tell_end(ended)


def _tell_end(run: Run) -> Run:
    console.note(f"run {run.number} of {run.order.kind}: {run.state}{f' – {run.reason}' if run.reason else ''}")
    return run


class Shown:
    """One line for each step, and for each tenth of it."""

    def __init__(self) -> None:
        self._last: tuple[str, int | None] = ("", None)

    def step(self, step: Step) -> None:
        """Say it if it is news."""
        tenth = None if step.percent is None else step.percent // 10
        if not step.name or self._last == (step.name, tenth):
            return
        self._last = (step.name, tenth)
        console.note(f"{step.name}: {_amount(step)}".removesuffix(": "))


def _amount(step: Step) -> str:
    def told(count: int) -> str:
        return format_size(count) if step.unit == "bytes" else str(count)

    if step.total:
        unit = "" if step.unit == "bytes" else step.unit
        return f"{step.percent} %, {told(step.done)} of {told(step.total)} {unit}".rstrip()
    return told(step.done) if step.done else ""
