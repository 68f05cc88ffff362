import threading
from types import SimpleNamespace

import pytest
import structlog

from fakes.moving_clock import START
from machiya.core.errors import Refused, Unavailable
from machiya.entrypoints.agent import run
from machiya.entrypoints.agent.workers import Workers
from machiya.jobs.model import JobKind, Order, Run, RunState


@pytest.mark.parametrize("error", [ValueError("a bad row"), Refused("no"), Unavailable("the database is away")])
def test_agent_goes_on_after_whatever_a_look_raises_and_says_so_once(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    stopping, wake = threading.Event(), threading.Event()

    def look() -> None:
        looks.append(1)
        if len(looks) == 4:
            stopping.set()
            return
        raise error

    jobs = SimpleNamespace(runner=lambda *_: None, agent=lambda *_: SimpleNamespace(look=look))
    monkeypatch.setattr(run, "LOOK_SECONDS", 0.0)
    with structlog.testing.capture_logs() as said:
        run._go_on(SimpleNamespace(jobs=jobs, ready_database=lambda: None), stopping, wake)  # type: ignore[arg-type]
    assert len(looks) == 4
    assert [one["event"] for one in said if one["log_level"] != "info"] in (["agent.broke"], ["agent.waiting"])


@pytest.mark.parametrize("error", [ValueError("a bad row"), Unavailable("no room left on the disk")])
def test_a_run_that_could_not_begin_is_logged_and_leaves_its_lock(error: Exception) -> None:
    def refuse(_: Run) -> None:
        raise error

    woken = threading.Event()
    workers = Workers(SimpleNamespace(run=refuse), woken.set)  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as said:
        workers.start(Run(7, Order(JobKind.AUDIT_VERIFY, "cli:taro"), START, RunState.ASKED))
        assert workers.wait(10.0)
    assert woken.is_set()
    assert [(one["event"], one["run"]) for one in said] == [("job.lost", 7)]
