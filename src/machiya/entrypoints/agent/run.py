"""Starts the agent of a house and keeps it running until told to stop."""

import signal
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import structlog

from machiya.core.errors import Conflict, MachiyaError
from machiya.entrypoints.agent.workers import Workers

if TYPE_CHECKING:
    from machiya.bootstrap import House
    from machiya.jobs.agent import Agent

LOOK_SECONDS = 1.0
"""So long an order waits at most before it is seen."""
STOP_SECONDS = 20.0
"""Below the supervisor's patience and systemd's; a run that takes longer is found interrupted by the next agent."""
_LOCK_TRIES = 5
_log = structlog.get_logger()


def run(house: "House") -> None:
    """Run jobs until SIGTERM; one process a house, kept by a lock.

    Raises:
        Conflict: another agent runs on this house.
    """
    with ExitStack() as stack:
        _take_lock(house, stack)
        serve(house)


def _take_lock(house: "House", stack: ExitStack) -> None:
    """Whoever asks whether an agent runs holds the lock for an instant: that is no second agent."""
    for _ in range(_LOCK_TRIES):
        try:
            stack.enter_context(house.jobs.agent_lock())
        except Conflict:
            if house.jobs.agent_pid:
                raise
        else:
            return
    stack.enter_context(house.jobs.agent_lock())


def serve(house: "House") -> None:
    """As ``run``, the lock taken."""
    stopping, wake = threading.Event(), threading.Event()

    def stop(number: int, _: object) -> None:
        _log.info("agent.stopping", signal=signal.Signals(number).name)
        stopping.set()
        wake.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    schedules = {str(kind): f"{one.cron} {one.zone}" for kind, one in house.jobs.schedules.items()}
    _log.info("agent.started", schedules=schedules)
    _go_on(house, stopping, wake)
    _log.info("agent.stopped")


def _go_on(house: "House", stopping: threading.Event, wake: threading.Event) -> None:
    """A database that is not there yet, or not for now, is waited for."""
    workers: Workers | None = None
    agent: Agent | None = None
    ill = ""
    while not stopping.is_set():
        wake.clear()
        try:
            if agent is None or workers is None:
                house.ready_database()
                runner = house.jobs.runner("agent", stopping)
                workers = Workers(runner, wake.set)
                agent = house.jobs.agent(runner, workers.start, workers.active)
            agent.look()
            ill = _well_again(ill)
        except MachiyaError as error:
            ill = _told_once(ill, error)
        except Exception as error:  # noqa: BLE001 – an agent that ends runs no job at all, and tells nobody
            ill = _broke_once(ill, error)
        wake.wait(LOOK_SECONDS)
    if workers is not None and not workers.wait(STOP_SECONDS):
        _log.warning("agent.left_behind", why="a job did not stop in time; the next agent marks it interrupted")


def _told_once(before: str, error: MachiyaError) -> str:
    if error.message != before:
        _log.warning("agent.waiting", reason=error.message)
    return error.message


def _broke_once(before: str, error: Exception) -> str:
    reason = f"{type(error).__name__}: {error}"
    if reason != before:
        _log.exception("agent.broke", reason=reason)
    return reason


def _well_again(before: str) -> str:
    if before:
        _log.info("agent.goes_on")
    return ""
