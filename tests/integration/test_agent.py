"""A real agent: killed in the middle, asked to stop, refused beside another; what it does is seen while it does it."""

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from e2e.processes import Part
from machiya.bootstrap import House, open_house
from machiya.entrypoints.cli.main import main
from machiya.jobs.model import SCHEDULE, JobKind, Order, Run, RunState
from machiya.jobs.ports import JobBook

SCRIPT = Path(__file__).with_name("agent_script.py")
TESTS = str(Path(__file__).parents[1])
DAILY, WEEKLY, AUDIT = JobKind.BACKUP_DAILY, JobKind.BACKUP_WEEKLY, JobKind.AUDIT_VERIFY
# Nothing is due by itself while a test runs.
QUIET = {f"MACHIYA_JOBS__{name}": "" for name in ("BACKUP_DAILY", "BACKUP_WEEKLY", "BACKUP_FRESHNESS", "AUDIT_VERIFY")}


async def until(true: Callable[[], Any]) -> Any:
    """Waits for what another process does; the limit only ends a test that is lost."""
    async with asyncio.timeout(240):
        while not (found := true()):  # noqa: ASYNC110 – another process: there is no event to wait for
            await asyncio.sleep(0.02)
    return found


class Agent:
    """A house whose agent is a process; its jobs end when ``let`` says so."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "house"
        assert main(["--house", str(self.root), "init", "--sample"]) == 0
        self.house = open_house(self.root)
        self.book: JobBook = self.house.jobs.book
        self.process = self.another("agent.log")

    def another(self, log: str) -> Part:
        argv = [sys.executable, str(SCRIPT), str(self.root), str(self.folder)]
        return Part(argv, {"PYTHONPATH": TESTS, **QUIET}, self.folder / log)

    async def start(self) -> None:
        await self.process.start(self.ready)

    async def ready(self) -> bool:
        return self.house.jobs.agent_pid is not None

    def ask(self, kind: JobKind, asked_by: str = "cli:taro") -> int:
        return self.book.ask(Order(kind, asked_by), datetime.now(tz=UTC)).number

    def let(self, kind: JobKind, failing: str = "") -> None:
        temporary = self.folder / "go.tmp"
        temporary.write_text(failing)
        temporary.rename(self.folder / f"{kind}.go")

    def hold(self, kind: JobKind) -> None:
        (self.folder / f"{kind}.go").unlink(missing_ok=True)

    def run(self, number: int) -> Run:
        found = self.book.find(number)
        assert found is not None
        return found

    async def begun(self, number: int) -> Run:
        """Until its work is under way."""
        await until(lambda: self.run(number).step.name)
        return self.run(number)

    async def ended(self, number: int) -> Run:
        await until(lambda: not self.run(number).open)
        return self.run(number)

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = (self.folder / "agent.log").read_text("utf-8").splitlines()
        read = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in read if event["event"] == name]


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path)
    await made.start()
    try:
        yield made
    finally:
        await made.process.kill()


async def test_progress_and_lines_are_seen_while_it_runs(agent: Agent) -> None:
    number = agent.ask(AUDIT)
    first = (await agent.begun(number)).step.done
    await until(lambda: agent.run(number).step.done > first)
    assert [line.text for line in agent.book.lines(number)] == ["audit.verify has begun"]
    assert agent.run(number).state is RunState.RUNNING
    agent.let(AUDIT)
    ended = await agent.ended(number)
    assert (ended.state, ended.reason) == (RunState.SUCCEEDED, "audit.verify is done")
    assert ended.runner.startswith("agent ")
    await until(lambda: agent.events("job.ended"))
    (event,) = agent.events("job.ended")
    assert (event["kind"], event["state"], event["run"]) == ("audit.verify", "succeeded", number)
    assert event["duration_ms"] > 0


async def test_kill_in_the_middle_marks_it_interrupted_and_the_next_agent_goes_on(agent: Agent) -> None:
    scheduled, asked, waits = agent.ask(DAILY, SCHEDULE), agent.ask(AUDIT), agent.ask(WEEKLY)
    await agent.begun(scheduled)
    await agent.begun(asked)
    await agent.process.kill()
    assert agent.run(scheduled).state is RunState.RUNNING, "nobody could tell yet"
    for kind in (DAILY, WEEKLY, AUDIT):
        agent.let(kind)
    await agent.start()
    assert (await agent.ended(scheduled)).state is RunState.INTERRUPTED
    assert (await agent.ended(asked)).state is RunState.INTERRUPTED
    assert (await agent.ended(waits)).state is RunState.SUCCEEDED
    again = await until(lambda: next((run for run in agent.book.newest(9) if run.order.attempt == 2), None))
    assert (await agent.ended(again.number)).state is RunState.SUCCEEDED
    assert again.order.kind == DAILY
    assert len(agent.book.newest(9)) == 4


async def test_kill_again_and_again_repeats_a_scheduled_run_once_only(agent: Agent) -> None:
    number = agent.ask(DAILY, SCHEDULE)
    for _ in range(2):
        await agent.begun(number)
        await agent.process.kill()
        await agent.start()
        await agent.ended(number)
        number = agent.book.newest(1)[0].number
    assert [run.state for run in agent.book.newest(9)] == [RunState.INTERRUPTED] * 2
    await until(agent.book.alarms)
    assert [alarm.kind for alarm in agent.book.alarms()] == [DAILY]


async def test_kinds_with_one_lock_run_one_after_the_other_and_others_beside_them(agent: Agent) -> None:
    weekly, daily, audit = agent.ask(WEEKLY), agent.ask(DAILY), agent.ask(AUDIT)
    await agent.begun(weekly)
    await agent.begun(audit)
    agent.let(AUDIT)
    await agent.ended(audit)
    assert agent.run(daily).state is RunState.ASKED
    for kind in (DAILY, WEEKLY):
        agent.let(kind)
    first, second = await agent.ended(weekly), await agent.ended(daily)
    assert first.ended_at is not None
    assert second.started_at is not None
    assert first.ended_at <= second.started_at


async def test_a_second_agent_is_refused_and_the_first_goes_on(agent: Agent) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "machiya", "--house", str(agent.root), "agent",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **QUIET},  # noqa: TID251 – a child needs its parent's
    )  # fmt: skip
    said, _ = await other.communicate()
    assert other.returncode == 6
    assert f"another machiya is busy with agent of this house (process {agent.house.jobs.agent_pid})" in said.decode()
    agent.let(AUDIT)
    assert (await agent.ended(agent.ask(AUDIT))).state is RunState.SUCCEEDED


async def test_cancel_stops_it_at_its_next_step(agent: Agent) -> None:
    number = agent.ask(DAILY)
    await agent.begun(number)
    assert await asyncio.to_thread(main, ["--house", str(agent.root), "job", "cancel", str(number)]) == 0
    ended = await agent.ended(number)
    assert (ended.state, ended.reason) == (RunState.CANCELLED, "it was cancelled")
    agent.let(DAILY)
    assert (await agent.ended(agent.ask(DAILY))).state is RunState.SUCCEEDED


async def test_the_command_line_asks_the_agent_and_follows(agent: Agent, capfd: pytest.CaptureFixture[str]) -> None:
    running = asyncio.create_task(asyncio.to_thread(main, ["--house", str(agent.root), "job", "run", "audit.verify"]))
    run = await until(lambda: next(iter(agent.book.running()), None))
    assert run.runner.startswith("agent ")
    agent.let(AUDIT, "the disk is away")
    assert await running == 10
    told = capfd.readouterr().err
    assert "audit.verify has begun\n" in told
    assert f"run {run.number} of audit.verify: failed – the disk is away\n" in told


async def test_sigterm_ends_the_agent_in_order_and_what_it_left_is_repeated(agent: Agent) -> None:
    number = agent.ask(DAILY, SCHEDULE)
    await agent.begun(number)
    await agent.process.stop()
    assert (agent.run(number).state, agent.run(number).reason) == (RunState.INTERRUPTED, "the agent was stopped")
    assert [event["event"] for event in agent.events("agent.stopped")] == ["agent.stopped"]
    assert [run.order.attempt for run in agent.book.waiting()] == [2]
    agent.let(DAILY)
    await agent.start()
    (again,) = agent.book.newest(1)
    assert (await agent.ended(again.number)).state is RunState.SUCCEEDED


async def test_a_failure_comes_into_the_owners_mailbox_once_and_its_end_once(agent: Agent) -> None:
    def subjects() -> list[str]:
        folder = House(agent.root).mail_folder
        found = [path.read_text("ascii") for path in folder.glob("home.test/you/Maildir/new/*")]
        return sorted(line for text in found for line in text.splitlines() if line.startswith("Subject: "))

    for text in ("the disk is away", "the disk is still away"):
        agent.let(AUDIT, text)
        await agent.ended(agent.ask(AUDIT))
    await until(subjects)
    agent.let(AUDIT)
    await agent.ended(agent.ask(AUDIT))
    await until(lambda: len(subjects()) == 2)
    await until(lambda: not agent.book.alarms())
    assert len(subjects()) == 2


async def test_kill_at_random_moments_leaves_nothing_that_seems_to_run(agent: Agent) -> None:
    moments = random.Random(20261129)
    numbers = []
    for _ in range(8):
        agent.let(AUDIT) if moments.random() < 0.5 else agent.hold(AUDIT)
        numbers += [agent.ask(AUDIT), agent.ask(AUDIT)]
        await asyncio.sleep(moments.uniform(0, 0.6))
        await agent.process.kill()
        await agent.start()
    agent.let(AUDIT)
    ended = [await agent.ended(number) for number in numbers]
    assert {run.state for run in ended} <= {RunState.SUCCEEDED, RunState.INTERRUPTED}
    assert agent.book.running() == agent.book.waiting() == ()
    for run in ended:
        finished = [line.text for line in agent.book.lines(run.number)]
        assert len(finished) <= 1, "one run was carried out twice"
