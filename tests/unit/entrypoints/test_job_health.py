from pathlib import Path

import pytest

from fakes.jobs import FakeJobBook
from fakes.moving_clock import START
from machiya.bootstrap import House
from machiya.entrypoints.job_health import advice_on_agent, look_at_jobs
from machiya.jobs.model import Alarm, JobKind

OFF = '[jobs]\nbackup_daily = ""\nbackup_weekly = ""\nbackup_freshness = ""\n'


def house(folder: Path, text: str = "") -> House:
    (folder / "machiya.toml").write_text(text)
    made = House(folder)
    made.jobs.__dict__["book"] = FakeJobBook()
    return made


def test_look_tells_the_next_job_and_what_does_not_succeed(tmp_path: Path) -> None:
    looked_at = house(tmp_path, f'{OFF}audit_verify = "30 5 * * *"\ntimezone = "UTC"\n')
    looked_at.jobs.book.save_alarm(Alarm(JobKind.AUDIT_VERIFY, START, "the log was cut off."))
    looked_at.jobs.book.save_alarm(Alarm(JobKind.BACKUP_DAILY, START, "the disk was away", recovered_at=START))
    (fact,), problems = look_at_jobs(looked_at)
    assert fact[0] == "next job"
    assert fact[1].startswith("audit.verify at ")
    assert problems == ["audit.verify does not succeed: the log was cut off. machiya job history audit.verify"]


def test_look_tells_that_everything_is_turned_off(tmp_path: Path) -> None:
    assert look_at_jobs(house(tmp_path, f'{OFF}audit_verify = ""\n')) == ([("next job", "none is scheduled")], [])


@pytest.mark.parametrize(("engine", "advised"), [("docker", True), ("embedded", False)])
def test_advice_on_an_agent_that_no_up_would_start(tmp_path: Path, engine: str, *, advised: bool) -> None:
    looked_at = house(tmp_path, f'[house]\nengine = "{engine}"\n')
    assert any("machiya boot agent-unit" in text for text in advice_on_agent(looked_at)) == advised
    with looked_at.jobs.agent_lock():
        assert list(advice_on_agent(looked_at)) == []
