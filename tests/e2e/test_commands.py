"""up, status, send-test and down, as a person uses them."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.processes import Whole

SECONDS = 240


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    code: int
    out: str
    err: str


class Person:
    """Types commands for one house."""

    def __init__(self, whole: Whole) -> None:
        self.whole = whole

    async def begin(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "machiya", "--house", str(self.whole.root), *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.whole.environment},  # noqa: TID251 – a child needs its parent's
        )  # fmt: skip

    async def types(self, *words: str) -> Outcome:
        process = await self.begin(*words)
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate()
        return Outcome(process.returncode or 0, out.decode(), err.decode())

    async def status(self) -> dict[str, object]:
        found: dict[str, object] = json.loads((await self.types("status", "--json")).out)
        return found


@pytest.fixture
async def person(tmp_path: Path) -> AsyncIterator[Person]:
    made = Person(Whole(tmp_path))
    assert (await made.types("init", "--sample")).code == 0
    yield made
    await made.types("down")


@pytest.mark.timeout(600)
async def test_up_detached_send_test_status_down(person: Person) -> None:
    assert (await person.types("status")).code == 10
    up = await person.types("up", "--detach")
    assert (up.code, "The house is ready." in up.out) == (0, True), up.err
    again = await person.types("up", "--detach")
    assert (again.code, "is up already (process" in again.err) == (6, True)
    sent = await person.types("send-test", "hello@home.test")
    assert (sent.code, "stored for you@home.test" in sent.out) == (0, True), sent.err
    assert "found in the mailbox of you@home.test, every byte as it was sent" in sent.out
    odd = person.whole.folder / "odd.eml"
    odd.write_bytes(b"Subject: \x83e\x83X\x83g\r\n\r\n.dot\r\nbare\n.lf\x00\r\n")
    assert (await person.types("send-test", "you@home.test", "--eml", str(odd))).code == 0
    refused = await person.types("send-test", "nobody@home.test")
    assert (refused.code, "550 5.1.1 no such mailbox" in refused.err) == (7, True)
    assert (await person.types("down")).out == "The house has stopped.\n"
    assert (await person.types("down")).code == 0
    absent = await person.types("send-test", "you@home.test")
    assert (absent.code, "Start the house with machiya up" in absent.err) == (9, True)


@pytest.mark.timeout(600)
async def test_up_restarts_a_killed_part_and_status_shows_it(person: Person) -> None:
    assert (await person.types("up", "--detach")).code == 0
    report = json.loads((person.whole.root / "data" / "run" / "status.json").read_text())
    os.kill(next(part["pid"] for part in report["parts"] if part["part"] == "mail-api"), signal.SIGKILL)
    async with asyncio.timeout(SECONDS):
        while (status := await person.status())["healthy"] is False or _restarts(status) == 0:  # noqa: ASYNC110 – another process
            await asyncio.sleep(0.2)
    assert _restarts(status) == 1
    sent = await person.types("send-test", "you@home.test")
    assert sent.code == 0, sent.err


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _restarts(status: dict[str, object]) -> int:
    parts = status["parts"]
    assert isinstance(parts, list)
    return sum(part["restarts"] for part in parts)


@pytest.mark.timeout(600)
async def test_up_says_which_port_is_taken_and_what_to_change(person: Person) -> None:
    with socket.create_server(("127.0.0.1", person.whole.smtp_port)):
        foreground, background = await person.types("up"), await person.types("up", "--detach")
    for outcome in (foreground, background):
        assert outcome.code == 9
        assert f"port {person.whole.smtp_port} (127.0.0.1:{person.whole.smtp_port}) is taken" in outcome.err
        assert "  → Stop that program, or set front_door.port in machiya.toml to a free port." in outcome.err


@pytest.mark.timeout(600)
async def test_up_in_the_foreground_stops_at_ctrl_c_and_leaves_nothing_behind(person: Person) -> None:
    process = await person.begin("up")
    assert process.stdout
    async with asyncio.timeout(SECONDS):
        while await process.stdout.readline() != b"The house is ready.\n":
            assert process.returncode is None
    report = json.loads((person.whole.root / "data" / "run" / "status.json").read_text())
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(SECONDS):
        out, _ = await process.communicate()
    assert (process.returncode, out.decode().endswith("The house has stopped.\n")) == (0, True)
    assert [part["pid"] for part in report["parts"] if _alive(part["pid"])] == []


@pytest.mark.timeout(600)
async def test_send_test_says_so_when_the_message_waits_at_the_edge(person: Person) -> None:
    await person.whole.front_door.start(lambda: person.whole.answers(person.whole.smtp_port))
    try:
        held = await person.types("send-test", "you@home.test", "--wait", "1")
        assert (held.code, "the edge holds it and goes on trying" in held.err) == (9, True)
        await person.whole.door.start(lambda: person.whole.answers(person.whole.door_port))
        async with asyncio.timeout(SECONDS):
            while len(person.whole.stored()) < 1:  # noqa: ASYNC110 – as above
                await asyncio.sleep(0.1)
    finally:
        await person.whole.door.stop()
        await person.whole.front_door.stop()


@pytest.mark.timeout(300)
async def test_up_detached_says_that_it_cannot_write_its_log(person: Person) -> None:
    log = person.whole.root / "data" / "log" / "up.log"
    log.mkdir(parents=True)  # a folder: not even root can write it
    ended = await person.types("up", "--detach")
    assert (ended.code, f"error: cannot write {log}: Is a directory" in ended.err) == (9, True), ended.err
