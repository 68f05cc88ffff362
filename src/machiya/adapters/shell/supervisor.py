"""Keeps the parts of the house running: starts, watches, restarts with back-off, stops all of them cleanly."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from machiya.adapters.shell.part import Part, PartState, PartStatus
from machiya.adapters.shell.part_log import PartLog
from machiya.adapters.shell.ports import require_free
from machiya.adapters.shell.process import PartProcess
from machiya.adapters.shell.run_state import RunState
from machiya.core.clock import Clock
from machiya.core.errors import Unavailable

LAST_LINES = 5
PROBE_EVERY_SECONDS = 0.1


class PartFailed(Unavailable):
    """A part did not come up."""

    code = "part_failed"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds; restarts wait ``first``, doubling, at most ``longest``, from the start again after a calm minute.

    A part that ends ``attempts`` times without ever having been ready will not come up by itself.
    """

    first: float = 0.5
    longest: float = 30.0
    calm: float = 60.0
    grace: float = 25.0
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told: ``changed`` with a part's status after each change, ``line`` with each line a part says."""

    changed: Callable[[PartStatus], None]
    line: Callable[[str, bytes], None]


class Supervisor:
    """Runs ``parts`` until ``stop``. Logs go to ``log_folder/<part>.log``, the state to ``run_folder/status.json``."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        run_folder: Path,
        log_folder: Path,
        clock: Clock,
        watcher: Watcher,
        patience: Patience | None = None,
    ) -> None:
        self._clock, self._watcher = clock, watcher
        self._patience = patience or Patience()
        self._parts = tuple(parts)
        self._stopping = asyncio.Event()
        self._kill_now = asyncio.Event()
        self._ever_ready: set[str] = set()
        self._state = RunState(run_folder / "status.json", clock.now())
        self._statuses = {
            part.name: PartStatus(part.name, log_folder / f"{part.name}.log", clock.now()) for part in parts
        }
        self._tell_all()

    def stop(self) -> None:
        """Stop everything; asked a second time, without grace."""
        if self._stopping.is_set():
            self._kill_now.set()
        self._stopping.set()

    async def run(self) -> None:
        """Start every part and keep them running until ``stop``.

        Raises:
            PortTaken: before anything was started.
            PartFailed: a part never came up; the others are stopped.
        """
        try:
            require_free(listener for part in self._parts for listener in part.listeners)
            await self._keep_all()
        finally:
            self._state.remove()

    async def _keep_all(self) -> None:
        keepers = [asyncio.create_task(self._keep(part)) for part in self._parts]
        try:
            await asyncio.wait(keepers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self._stopping.set()
            results = await asyncio.gather(*keepers, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _keep(self, part: Part) -> None:
        """One part's life: start, watch, wait, again."""
        status, log = self._statuses[part.name], PartLog(self._statuses[part.name].log)
        failures = 0
        try:
            while not self._stopping.is_set():
                started = asyncio.get_running_loop().time()
                was_ready = await self._live_once(part, status, log)
                if self._stopping.is_set():
                    break
                calm = asyncio.get_running_loop().time() - started >= self._patience.calm
                failures = 1 if calm else failures + 1
                self._give_up_on_a_part_that_never_came_up(status, failures, was_ready=was_ready)
                await self._rest(status, failures)
        finally:
            log.close()
            self._tell(status, PartState.STOPPED)

    def _give_up_on_a_part_that_never_came_up(self, status: PartStatus, failures: int, *, was_ready: bool) -> None:
        if was_ready:
            self._ever_ready.add(status.name)
        if status.name not in self._ever_ready and failures >= self._patience.attempts:
            said = status.last_lines[-1] if status.last_lines else "it said nothing"
            raise PartFailed(
                f"{status.name} does not start ({status.last_exit}): {said}", hint=f"Its log is {status.log}."
            )

    async def _live_once(self, part: Part, status: PartStatus, log: PartLog) -> bool:
        """Start it and wait for its end; whether it was ready in between."""

        def heard(line: bytes) -> None:
            log.write(line + b"\n")
            status.last_lines = [*status.last_lines, line.decode("utf-8", "replace")][-LAST_LINES:]
            with contextlib.suppress(OSError):  # a terminal that went away must not stop the reading
                self._watcher.line(part.name, line)

        process = await PartProcess.start(part.argv, heard)
        status.pid = process.pid
        self._tell(status, PartState.STARTING)
        probing = asyncio.create_task(self._probe(part, status))
        stopping = asyncio.create_task(self._stop_when_told(process, status))
        status.last_exit = await process.wait()
        for task in (probing, stopping):
            task.cancel()
        await asyncio.gather(probing, stopping, return_exceptions=True)
        status.pid = None
        return probing.done() and not probing.cancelled()

    async def _probe(self, part: Part, status: PartStatus) -> None:
        while not await part.ready():  # noqa: ASYNC110 – another process: there is no event to wait for
            await asyncio.sleep(PROBE_EVERY_SECONDS)
        if not self._stopping.is_set():
            self._tell(status, PartState.READY)

    async def _stop_when_told(self, process: PartProcess, status: PartStatus) -> None:
        await self._stopping.wait()
        self._tell(status, PartState.STOPPING)
        killing = asyncio.create_task(self._kill_when_told(process))
        try:
            await process.stop(self._patience.grace)
        finally:
            killing.cancel()

    async def _kill_when_told(self, process: PartProcess) -> None:
        await self._kill_now.wait()
        process.kill()

    async def _rest(self, status: PartStatus, failures: int) -> None:
        status.restarts += 1
        self._tell(status, PartState.WAITING)
        seconds = min(self._patience.first * 2.0 ** min(failures - 1, 16), self._patience.longest)
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _tell(self, status: PartStatus, state: PartState) -> None:
        status.state, status.since = state, self._clock.now()
        self._tell_all()
        self._watcher.changed(status)

    def _tell_all(self) -> None:
        self._state.write(self._statuses.values())
