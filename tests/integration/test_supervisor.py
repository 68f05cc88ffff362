"""The supervisor with real processes: restarted when killed, gone when it goes, clear about taken ports."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from integration.ports import free_port
from machiya.adapters.shell.detached import Detached, terminate
from machiya.adapters.shell.part import Listener, Part, PartStatus
from machiya.adapters.shell.ports import PortTaken, port_holder, require_free
from machiya.adapters.shell.probes import http_ok, smtp_banner
from machiya.adapters.shell.supervisor import PartFailed, Patience, Supervisor, Watcher
from machiya.core.clock import SystemClock

QUICK = Patience(first=0.05, longest=0.2, calm=60, grace=5, attempts=3)
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
SERVER = """
import http.server, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404); self.end_headers()
    def log_message(self, *words): print("asked", self.path, file=sys.stderr)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""


def web_part(name: str, port: int) -> Part:
    return Part(
        name,
        (sys.executable, "-c", SERVER, str(port)),
        lambda: http_ok("127.0.0.1", port, "/health/ready"),
        (Listener(f"{name}.port", "127.0.0.1", port),),
    )


def script_part(name: str, script: str) -> Part:
    async def ready() -> bool:
        return True

    return Part(name, (sys.executable, "-c", script), ready)


def alive(pid: int) -> bool:
    """Running, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(true: Callable[[], Any]) -> Any:
    """Waits for what another process does; the limit only ends a test that is lost."""
    async with asyncio.timeout(240):
        while not (found := true()):  # noqa: ASYNC110 – another process: there is no event to wait for
            await asyncio.sleep(0.02)
    return found


class Run:
    """A supervisor at work and what it told."""

    def __init__(self, folder: Path, parts: list[Part], patience: Patience = QUICK) -> None:
        self.folder = folder
        self.lines: list[tuple[str, bytes]] = []
        self.changes: list[tuple[str, str]] = []
        self.supervisor = Supervisor(
            parts,
            run_folder=folder,
            log_folder=folder,
            clock=SystemClock(),
            watcher=Watcher(self._changed, lambda part, line: self.lines.append((part, line))),
            patience=patience,
        )

    def _changed(self, status: PartStatus) -> None:
        self.changes.append((status.name, str(status.state)))

    def part(self, name: str) -> dict[str, Any]:
        """As status.json tells it."""
        parts = json.loads((self.folder / "status.json").read_text())["parts"]
        return dict(next(part for part in parts if part["part"] == name))

    async def ready(self, *names: str) -> None:
        await until(lambda: all(self.part(name)["state"] == "ready" for name in names))


@asynccontextmanager
async def running(folder: Path, *parts: Part, patience: Patience = QUICK) -> AsyncIterator[Run]:
    run = Run(folder, list(parts), patience)
    task = asyncio.create_task(run.supervisor.run())
    try:
        yield run
    finally:
        run.supervisor.stop()
        await task


async def test_parts_come_up_and_their_words_are_kept(tmp_path: Path) -> None:
    async with running(tmp_path, web_part("one", free_port()), web_part("two", free_port())) as run:
        await run.ready("one", "two")
        await until(lambda: ("one", b"asked /health/ready") in run.lines)
        assert b"asked /health/ready" in (tmp_path / "one.log").read_bytes()
        assert run.part("one")["restarts"] == 0


async def test_a_killed_part_comes_again_and_the_state_tells(tmp_path: Path) -> None:
    async with running(tmp_path, web_part("one", free_port()), web_part("two", free_port())) as run:
        await run.ready("one", "two")
        first, other = run.part("one")["pid"], run.part("two")["pid"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: run.part("one")["restarts"] == 1)
        await run.ready("one")
        again = run.part("one")
        assert again["pid"] != first
        assert again["last_exit"] == "killed by SIGKILL"
        assert run.part("two")["pid"] == other


async def test_stop_leaves_no_process_and_no_state(tmp_path: Path) -> None:
    async with running(tmp_path, web_part("one", free_port()), web_part("two", free_port())) as run:
        await run.ready("one", "two")
        pids = [run.part("one")["pid"], run.part("two")["pid"]]
    assert not any(alive(pid) for pid in pids)
    assert not (tmp_path / "status.json").exists()
    assert run.changes[-1][1] == "stopped"


async def test_a_part_that_does_not_listen_is_killed_after_the_grace(tmp_path: Path) -> None:
    async with running(tmp_path, script_part("deaf", STUBBORN), patience=Patience(grace=0.2)) as run:
        await until(lambda: ("deaf", b"deaf") in run.lines)
        pid = run.part("deaf")["pid"]
    assert not alive(pid)


async def test_a_second_stop_does_not_wait(tmp_path: Path) -> None:
    async with running(tmp_path, script_part("deaf", STUBBORN), patience=Patience(grace=3600)) as run:
        await until(lambda: ("deaf", b"deaf") in run.lines)
        run.supervisor.stop()
        await until(lambda: run.part("deaf")["state"] == "stopping")


async def test_a_part_that_never_comes_up_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    broken = Part("broken", (sys.executable, "-c", "print('no such key'); raise SystemExit(3)"), never)
    run = Run(tmp_path, [broken, web_part("good", free_port())])
    with pytest.raises(PartFailed, match=r"broken does not start \(exit code 3\): no such key") as caught:
        await run.supervisor.run()
    assert str(tmp_path / "broken.log") in caught.value.hint
    assert run.changes.count(("broken", "starting")) == QUICK.attempts


async def test_a_taken_port_is_named_with_its_holder_and_setting_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = int(holder.getsockname()[1])
        run = Run(tmp_path, [web_part("front_door", port)])
        with pytest.raises(PortTaken) as caught:
            await run.supervisor.run()
    assert f"port {port}" in caught.value.message
    assert f"(process {os.getpid()})" in caught.value.message
    assert "front_door.port" in caught.value.hint
    assert run.changes == []


def test_require_free_says_when_the_address_is_not_this_machines() -> None:
    with pytest.raises(PortTaken, match=r"192\.0\.2\.1"):
        require_free([Listener("front_door.host", "192.0.2.1", free_port())])


def test_port_holder_of_a_free_port_is_nobody() -> None:
    assert port_holder(free_port()) == ""


async def test_probes_of_nobody_are_no() -> None:
    port = free_port()
    assert not await http_ok("127.0.0.1", port, "/health/ready")
    assert not await smtp_banner("127.0.0.1", port)


SUPERVISING = """
import asyncio, sys
from pathlib import Path
from machiya.adapters.shell.part import Part
from machiya.adapters.shell.supervisor import Supervisor, Watcher
from machiya.core.clock import SystemClock

async def ready():
    return True

async def main():
    folder = Path(sys.argv[1])
    part = Part("sleeper", (sys.executable, "-c", "import time; time.sleep(600)"), ready)
    watcher = Watcher(lambda status: None, lambda part, line: None)
    await Supervisor([part], run_folder=folder, log_folder=folder, clock=SystemClock(), watcher=watcher).run()

asyncio.run(main())
"""


def sleeper(folder: Path) -> int | None:
    """The pid of the part once it runs as itself."""
    try:
        part = json.loads((folder / "status.json").read_text())["parts"][0]
        words = Path(f"/proc/{part['pid']}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return int(part["pid"]) if b"time.sleep(600)" in words else None


async def test_parts_die_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    supervisor = Detached((sys.executable, "-c", SUPERVISING, str(tmp_path)), tmp_path / "out.log")
    child = await until(lambda: sleeper(tmp_path))
    os.kill(supervisor.pid, signal.SIGKILL)
    assert supervisor.wait_until(lambda: False, 60) == -signal.SIGKILL
    await until(lambda: not alive(child))


async def test_terminate_waits_for_the_end(tmp_path: Path) -> None:
    process = Detached((sys.executable, "-c", "import time; time.sleep(600)"), tmp_path / "out.log")
    assert terminate(process.pid, 60)
    assert process.wait_until(lambda: False, 60) == -signal.SIGTERM
    assert terminate(process.pid, 1), "gone already"


async def test_detached_says_nothing_of_what_an_earlier_one_left_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "out.log"
    log.write_text("error: of yesterday\n")
    process = Detached((sys.executable, "-c", "print('of today')"), log)
    assert process.wait_until(lambda: False, 60) == 0
    assert process.said() == "of today\n"
    assert log.read_text() == "error: of yesterday\nof today\n"
