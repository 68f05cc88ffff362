"""Runs under way in this process: one thread each, at most one for each lock."""

import threading
from collections.abc import Callable

import structlog

from machiya.core.errors import MachiyaError
from machiya.jobs.kinds import KINDS
from machiya.jobs.model import JobKind, JobLock, Run
from machiya.jobs.running import Runner

_log = structlog.get_logger()


class Workers:
    """Threads; ``woken`` is called when one has ended."""

    def __init__(self, runner: Runner, woken: Callable[[], object]) -> None:
        self._runner, self._woken = runner, woken
        self._threads: dict[JobLock | None, threading.Thread] = {}

    def start(self, run: Run) -> None:
        """Run it in the background; a kind that nobody knows is refused at once, by the runner too."""
        lock = KINDS[JobKind(run.order.kind)].lock if run.order.kind in KINDS else None
        if lock is None:
            self._runner.run(run)
            return
        thread = threading.Thread(target=self._run, args=(run,), name=f"job-{run.number}", daemon=True)
        self._threads[lock] = thread
        thread.start()

    def active(self) -> frozenset[JobLock]:
        """The locks of those that run."""
        return frozenset(lock for lock, thread in self._threads.items() if lock is not None and thread.is_alive())

    def wait(self, seconds: float) -> bool:
        """For the end of all of them, each for so long; whether they have ended."""
        for thread in self._threads.values():
            thread.join(seconds)
        return not self.active()

    def _run(self, run: Run) -> None:
        try:
            self._runner.run(run)
        except MachiyaError as error:
            _log.warning("job.lost", run=run.number, kind=run.order.kind, reason=error.message)
        except Exception:  # noqa: BLE001 – the agent and its other jobs go on
            _log.exception("job.lost", run=run.number, kind=run.order.kind)
        finally:
            self._woken()
