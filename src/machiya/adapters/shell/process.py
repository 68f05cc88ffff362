"""One running process of a part: started tethered, its output read, stopped with grace."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence

from machiya.adapters.shell.part_log import LINE_BYTES

_TETHER = "machiya.adapters.shell.tether"


class PartProcess:
    """Made by ``start``; ``on_line`` gets each line of its output, without LF."""

    def __init__(self, process: asyncio.subprocess.Process, on_line: Callable[[bytes], None]) -> None:
        self._process = process
        self._reading = asyncio.create_task(_read_lines(process.stdout, on_line))

    @classmethod
    async def start(cls, argv: Sequence[str], on_line: Callable[[bytes], None]) -> "PartProcess":
        """Start ``argv`` (OSError if the system cannot). It dies with us and is out of reach of the terminal's Ctrl-C.

        The terminal would send Ctrl-C to every process of the group; only the supervisor knows the order to stop in.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", _TETHER, str(os.getpid()), *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LINE_BYTES,
            start_new_session=True,
        )  # fmt: skip
        return cls(process, on_line)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def wait(self) -> str:
        """Wait for its end and its last words; how it ended, in words."""
        code = await self._process.wait()
        # A grandchild may keep the pipe open for ever; what the part itself said is in it by now.
        await asyncio.wait([self._reading], timeout=1)
        self._reading.cancel()
        return exit_words(code)

    async def stop(self, grace_seconds: float) -> None:
        """TERM, and KILL after the grace."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_seconds):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        """At once; no error if it is gone."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)


def exit_words(code: int) -> str:
    """``exit code 3`` or ``killed by SIGKILL``."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


async def _read_lines(stream: asyncio.StreamReader | None, on_line: Callable[[bytes], None]) -> None:
    while stream:
        try:
            line = await stream.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            line = await stream.readexactly(error.consumed)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                on_line(error.partial)
            return
        on_line(line.rstrip(b"\r\n"))
