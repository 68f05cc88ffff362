"""machiya job without an agent: everything runs here, in the foreground."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contract.cli.conftest import Machiya
from machiya.bootstrap import House, open_house
from machiya.bootstrap.jobs import Jobs
from machiya.core.errors import Unavailable
from machiya.core.progress import Progress
from machiya.jobs.model import JobKind, Order, Run, RunState

AUDIT, DAILY = JobKind.AUDIT_VERIFY, JobKind.BACKUP_DAILY


def runs(machiya: Machiya, house: Path) -> list[dict[str, Any]]:
    return list(json.loads(machiya("--house", house, "job", "history", "--json").out)["runs"])


def break_audit(house: Path) -> None:
    """As somebody with the database's file in hand."""
    engine = open_house(house).engine
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_log_no_update")
        connection.exec_driver_sql("UPDATE audit_log SET actor = 'nobody' WHERE number = 2")


def audit_actions(house: Path) -> list[str]:
    return [entry.action for entry in open_house(house).access.audit.entries()]


def test_list_shows_schedule_next_run_and_last_result(machiya: Machiya, house: Path) -> None:
    before = machiya("--house", house, "job", "list")
    assert re.search(r"audit\.verify .* 30 4 \* \* \* .* never", before.out)
    assert "no agent runs" in before.err
    assert machiya("--house", house, "job", "run", "audit.verify").code == 0
    jobs = json.loads(machiya("--house", house, "job", "list", "--json").out)["jobs"]
    (job,) = [one for one in jobs if one["kind"] == "audit.verify"]
    assert (job["kind"], job["last"]["state"]) == ("audit.verify", "succeeded")
    assert job["next_at"].endswith(":00+00:00")


def test_list_shows_what_is_turned_off(machiya: Machiya, house: Path) -> None:
    (house / "machiya.toml").write_text('[jobs]\naudit_verify = ""\n', "utf-8")
    assert re.search(r"audit\.verify .* off .* –", machiya("--house", house, "job", "list").out)


def test_run_here_says_how_it_ended_and_is_audited(machiya: Machiya, house: Path) -> None:
    done = machiya("--house", house, "job", "run", "audit.verify")
    assert (done.code, done.out) == (0, "")
    assert re.fullmatch(r"run 1 of audit\.verify: succeeded – \d+ entries, head \d+:[0-9a-f]{64}\n", done.err)
    assert audit_actions(house)[0] == "job.run"


def test_run_finds_a_log_that_was_tampered_with_and_tells_the_owner(machiya: Machiya, house: Path) -> None:
    break_audit(house)
    done = machiya("--house", house, "job", "run", "audit.verify")
    assert done.code == 10
    assert "failed – the first bad entry of the audit log is 2: it was changed" in done.err
    first = machiya("--house", house, "mail", "list", "you@home.test").out
    assert "audit.verify failed / 失敗しました" in first
    status = machiya("--house", house, "status").out
    assert "✗ audit.verify does not succeed: the first bad entry of the audit log is 2" in status
    machiya("--house", house, "job", "run", "audit.verify")
    again = machiya("--house", house, "mail", "list", "you@home.test").out
    assert again.count("audit.verify failed") == 1


def test_run_with_a_head_that_was_kept_elsewhere(machiya: Machiya, house: Path) -> None:
    head = str(open_house(house).access.audit.head())
    assert machiya("--house", house, "job", "run", "audit.verify", "--set", f"expect={head}").code == 0
    other = machiya("--house", house, "job", "run", "audit.verify", "--set", f"expect=1:{'0' * 63}1")
    assert other.code == 10
    assert "not the entry that was kept elsewhere" in other.err
    assert [run["parameters"] for run in runs(machiya, house)][-1] == {"expect": head}


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("run", "rm -rf /"), 2, "there is no job 'rm -rf /'"),
        (("run", "audit.verify", "--set", "path=/etc"), 2, "no parameter 'path'"),
        (("run", "audit.verify", "--set", "expect"), 2, "not a parameter"),
        (("run", "audit.verify", "--detach"), 9, "no agent runs"),
        (("cancel", "7"), 4, "there is no run 7"),
        (("watch", "7"), 4, "there is no run 7"),
        (("history", "nothing"), 2, "there is no job 'nothing'"),
    ],
)
def test_mistakes_are_told_and_leave_no_trace(
    machiya: Machiya, house: Path, words: tuple[str, ...], code: int, what: str
) -> None:
    done = machiya("--house", house, "job", *words)
    assert done.code == code
    assert what in done.err
    assert runs(machiya, house) == []


def test_a_kind_that_the_house_cannot_do_is_refused(
    machiya: Machiya, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("machiya.bootstrap.jobs.works_of", lambda _: {})
    done = machiya("--house", house, "job", "run", "audit.verify")
    assert done.code == 7
    assert "this house cannot run audit.verify" in done.err
    assert "This house has no jobs." in machiya("--house", house, "job", "list").err


def test_run_shows_progress_and_history_keeps_the_end(
    machiya: Machiya, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(_: Mapping[str, str], progress: Progress) -> str:
        progress.step("dumping", 0)
        progress.line("house.sqlite3")
        for done in range(5):
            progress.step("copying", done * 2**20, 4 * 2**20, unit="bytes")
        raise Unavailable("the disk is away", hint="Mount it.")

    monkeypatch.setattr("machiya.bootstrap.jobs.works_of", lambda _: {DAILY: work})
    done = machiya("--house", house, "job", "run", "backup.daily")
    assert done.code == 10
    assert done.err.splitlines() == [
        "dumping",
        "house.sqlite3",
        "copying: 0 %, 0 B of 4 MiB",
        "copying: 25 %, 1 MiB of 4 MiB",
        "copying: 50 %, 2 MiB of 4 MiB",
        "copying: 75 %, 3 MiB of 4 MiB",
        "copying: 100 %, 4 MiB of 4 MiB",
        "run 1 of backup.daily: failed – the disk is away. Mount it.",
    ]
    shown = machiya("--house", house, "job", "history").out
    assert re.search(r"1 +backup\.daily +failed .* s +cli:\S+ +the disk is away\. Mount it\.", shown)
    watched = machiya("--house", house, "job", "watch")
    assert (watched.code, watched.err.splitlines()) == (10, ["house.sqlite3", done.err.splitlines()[-1]])


def test_run_while_another_process_holds_the_lock_is_refused(machiya: Machiya, house: Path) -> None:
    with open_house(house).lock("job-audit"):
        done = machiya("--house", house, "job", "run", "audit.verify")
    assert done.code == 6
    assert "another process is at a job that holds audit" in done.err
    assert [run["state"] for run in runs(machiya, house)] == ["cancelled"]


def test_run_that_is_refused_leaves_alone_what_somebody_else_asked_for(machiya: Machiya, house: Path) -> None:
    book = Jobs(open_house(house)).book
    waits = book.ask(Order("audit.verify", "administrator:alice"), House(house).clock.now())
    with open_house(house).lock("job-audit"):
        done = machiya("--house", house, "job", "run", "audit.verify")
    assert done.code == 6
    found = book.find(waits.number)
    assert found is not None
    assert (found.state, found.cancel_asked_at) == (RunState.ASKED, None)


def test_run_follows_what_another_process_was_faster_to_begin(
    machiya: Machiya, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run is not cancelled: that would end the other process's work."""
    book = Jobs(open_house(house)).book

    def faster(_: object, run: Run, __: object) -> None:
        book.begin(run.number, "cli:hanako 5", House(house).clock.now())
        book.end(run.number, RunState.SUCCEEDED, "by hanako", House(house).clock.now())

    monkeypatch.setattr("machiya.jobs.running.Runner.run", faster)
    done = machiya("--house", house, "job", "run", "audit.verify")
    assert (done.code, done.err) == (0, "run 1 of audit.verify: succeeded – by hanako\n")


def test_run_marks_what_a_killed_process_left(machiya: Machiya, house: Path) -> None:
    book = Jobs(open_house(house)).book
    dead = book.ask(Order("audit.verify", "cli:taro"), House(house).clock.now())
    book.begin(dead.number, "cli:taro 1", House(house).clock.now())
    assert machiya("--house", house, "job", "run", "audit.verify").code == 0
    assert [run["state"] for run in runs(machiya, house)] == ["succeeded", "interrupted"]


def test_cancel_ends_what_waits(machiya: Machiya, house: Path) -> None:
    book = Jobs(open_house(house)).book
    waits = book.ask(Order("audit.verify", "administrator:alice"), House(house).clock.now())
    done = machiya("--house", house, "job", "cancel", str(waits.number))
    assert (done.code, done.out) == (0, f"run {waits.number} is cancelled\n")
    found = book.find(waits.number)
    assert found is not None
    assert found.state is RunState.CANCELLED
    assert audit_actions(house)[0] == "job.cancel"


def test_boot_prints_the_unit_of_the_agent_for_a_house_in_containers_only(machiya: Machiya, house: Path) -> None:
    refused = machiya("--house", house, "boot", "agent-unit")
    assert refused.code == 7
    (house / "machiya.toml").write_text('[house]\nengine = "docker"\n', "utf-8")
    told = machiya("--house", house, "boot", "agent-unit")
    assert (told.code, "\nExecStart=" in told.out) == (0, True), told.err


def test_an_owner_elsewhere_without_a_relay_is_told_when_there_is_a_way(machiya: Machiya, house: Path) -> None:
    (house / "machiya.toml").write_text('[house]\nowner = "me@elsewhere.example"\n', "utf-8")
    break_audit(house)
    assert machiya("--house", house, "job", "run", "audit.verify").code == 10
    (alarm,) = open_house(house).jobs.book.alarms()
    assert alarm.told_at is None
    (house / "machiya.toml").write_text('[jobs]\nnotify_mail = "hello@home.test"\n', "utf-8")
    machiya("--house", house, "job", "run", "audit.verify")
    (alarm,) = open_house(house).jobs.book.alarms()
    assert alarm.told_at is not None
    assert "audit.verify failed" in machiya("--house", house, "mail", "list", "you@home.test").out
