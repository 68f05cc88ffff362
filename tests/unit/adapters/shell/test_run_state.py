import os
from pathlib import Path

import pytest

from fakes.moving_clock import START
from machiya.adapters.shell.part import PartState, PartStatus
from machiya.adapters.shell.run_state import PartReport, RunReport, RunState, read_run_state


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    status = PartStatus("mail-api", tmp_path / "mail-api.log", START, PartState.READY, 42, 3, "killed by SIGKILL")
    RunState(path, START).write([status])
    assert read_run_state(path) == RunReport(
        os.getpid(),
        "2026-11-23T10:00:00.123Z",
        (
            PartReport(
                "mail-api",
                "ready",
                42,
                "2026-11-23T10:00:00.123Z",
                3,
                "killed by SIGKILL",
                str(tmp_path / "mail-api.log"),
            ),
        ),
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["status.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "since": "", "parts": []}'])
def test_read_of_something_broken_is_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "status.json").write_text(text)
    assert read_run_state(tmp_path / "status.json") == RunReport()


def test_remove_twice_is_no_error(tmp_path: Path) -> None:
    state = RunState(tmp_path / "status.json", START)
    state.write([])
    state.remove()
    state.remove()
    assert read_run_state(tmp_path / "status.json") == RunReport()


def test_write_to_a_disk_that_refuses_is_no_error(tmp_path: Path) -> None:
    RunState(tmp_path / "missing" / "status.json", START).write([])
    assert not (tmp_path / "missing").exists()
