"""Real processes of a house, each started on free ports, logged to a file and ended by its own process id."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from integration.ports import free_ports

ROOT = Path(__file__).parents[2]
START_SECONDS = 240


class Part:
    """One process: ``start`` waits until ``ready`` says so; ``kill`` is ``kill -9``."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], log: Path, cwd: Path | None = None) -> None:
        self._argv, self._environment, self._log, self._cwd = list(argv), dict(environment), log, cwd
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, ready: Callable[[], Awaitable[bool]]) -> None:
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self._environment},  # noqa: TID251 – a child needs its parent's
                cwd=self._cwd,
            )
        async with asyncio.timeout(START_SECONDS):
            while not await ready():
                assert self._process.returncode is None, self.log()
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, number: int) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)
            async with asyncio.timeout(START_SECONDS):
                await self._process.wait()

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")[-4000:]


class Whole:
    """A house with a door, and the two edges that may stand before it: the front door and the Worker in workerd."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None, maildir: Path | None = None) -> None:
        self.folder, self.root = folder, folder / "house"
        self._maildir = maildir or self.root / "data" / "bulk" / "mail" / "home.test" / "you" / "Maildir"
        self.door_port, self.private_port, self.smtp_port, self.people_port, self.worker_port = free_ports(5)
        self.environment = {
            "MACHIYA_MAIL_API__PORT": str(self.door_port),
            "MACHIYA_MAIL_API__PRIVATE_PORT": str(self.private_port),
            "MACHIYA_FRONT_DOOR__PORT": str(self.smtp_port),
            "MACHIYA_USERMGMT__PORT": str(self.people_port),
            **(environment or {}),
        }
        self.door = self._machiya("mail-api")
        self.front_door = self._machiya("front-door")

    def _machiya(self, *words: str) -> Part:
        argv = [sys.executable, "-m", "machiya", "--house", str(self.root), *words]
        return Part(argv, self.environment, self.folder / f"{words[0]}.log")

    def worker(self, signing_key: str, recipient_key: str) -> Part:
        argv = [
            "node", "dev/serve.mjs", "--port", str(self.worker_port), "--house", f"http://127.0.0.1:{self.door_port}",
            "--persist", str(self.folder / "r2"),
        ]  # fmt: skip
        keys = {"SIGNING_KEY": signing_key, "RECIPIENT_KEY": recipient_key}
        return Part(argv, keys, self.folder / "worker.log", cwd=ROOT / "edge")

    async def machiya(self, *words: str) -> str:
        """Run a command to its end; its standard output."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "machiya", "--house", str(self.root), *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment},  # noqa: TID251 – as above
        )  # fmt: skip
        output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return output.decode()

    async def answers(self, port: int) -> bool:
        """Whether something listens on ``port``."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    def stored(self) -> list[bytes]:
        """Every message in the mailbox you@home.test, as stored."""
        return [file.read_bytes() for part in ("new", "cur") for file in sorted((self._maildir / part).glob("*"))]

    async def status_of_ledger(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        journeys = json.loads(await self.machiya("trace", "--limit", "1000", "--json"))
        states = [journey["state"] for journey in journeys]
        return {state: states.count(state) for state in sorted(set(states))}
