import json
import subprocess  # noqa: TID251 – what a fresh interpreter imports can only be seen in one
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from machiya import __version__
from machiya.core.errors import Unavailable
from machiya.entrypoints.cli import main as module
from machiya.entrypoints.cli.main import hoisted

HEAVY = ("pydantic", "sqlalchemy", "rich", "fastapi", "pyrage", "alembic", "uvicorn", "structlog", "httpx")


@pytest.mark.parametrize(
    ("given_arguments", "wanted"),
    [
        ([], []),
        (["init", "--house", "x"], ["--house", "x", "init"]),
        (["mailbox", "list", "--house=x", "--json"], ["--house=x", "mailbox", "list", "--json"]),
        (["a", "--house", "x", "--", "--house", "y"], ["--house", "x", "a", "--", "--house", "y"]),
        (["a", "--house"], ["--house", "a"]),
    ],
)
def test_hoisted_moves_the_house_to_the_front(given_arguments: list[str], wanted: list[str]) -> None:
    assert hoisted(given_arguments) == wanted


@given(st.lists(st.sampled_from(["a", "--json", "--", "--house", "--house=x", "b"]), max_size=6))
def test_hoisted_loses_no_word(arguments: list[str]) -> None:
    assert sorted(hoisted(arguments)) == sorted(arguments)


def test_version_is_one_line(machiya: Any) -> None:
    assert machiya("--version").out == f"machiya {__version__}\n"


def test_no_command_shows_the_help_and_no_error(machiya: Any) -> None:
    outcome = machiya()
    assert "Commands:" in outcome.out + outcome.err
    assert "error:" not in outcome.err


def test_unknown_command_says_where_help_is(machiya: Any) -> None:
    outcome = machiya("mailbox", "frobnicate")
    assert outcome.code == 2
    assert "frobnicate" in outcome.err
    assert "machiya mailbox --help" in outcome.err
    assert outcome.out == ""


def test_usage_error_is_json_for_a_script(machiya: Any) -> None:
    outcome = machiya("mailbox", "show", "--json")
    assert outcome.code == 2
    assert json.loads(outcome.err)["error"]["code"] == "invalid_input"
    assert outcome.out == ""


def test_no_house_tells_how_to_make_one(machiya: Any, tmp_path: Path) -> None:
    outcome = machiya("mailbox", "list")
    assert outcome.code == 4
    assert outcome.err == (
        f"error: there is no house in {tmp_path}/house\n"
        "  → Make one with machiya init, or name it with --house FOLDER or MACHIYA_HOUSE.\n"
    )


def test_house_is_found_by_option_anywhere_and_by_variable(
    machiya: Any, house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = house.rename(tmp_path / "elsewhere")
    assert machiya("--house", moved, "domain", "list").code == 0
    assert machiya("domain", "list", f"--house={moved}").code == 0
    assert machiya("domain", "list").code == 4
    monkeypatch.setenv("MACHIYA_HOUSE", str(moved))
    assert machiya("domain", "list").code == 0


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def refuse(**_options: object) -> None:
        raise error

    monkeypatch.setattr(module, "command", lambda: SimpleNamespace(main=refuse))


def test_expected_error_is_told_with_its_own_exit_code(machiya: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, Unavailable("the store is down", hint="Start it."))
    outcome = machiya("x")
    assert (outcome.code, outcome.err) == (9, "error: the store is down\n  → Start it.\n")


def test_expected_error_as_json_says_whether_to_try_again(machiya: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, Unavailable("the store is down", hint="Start it."))
    assert json.loads(machiya("x", "--json").err) == {
        "error": {"code": "unavailable", "message": "the store is down", "hint": "Start it.", "permanent": False}
    }


def test_unexpected_error_shows_no_traceback_but_keeps_it_privately(
    machiya: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    fail_with(monkeypatch, ZeroDivisionError("division by zero"))
    outcome = machiya("x")
    (report,) = tmp_path.glob("machiya-error-*.txt")
    assert outcome.code == 70
    assert outcome.err.splitlines()[0] == "error: unexpected ZeroDivisionError: division by zero"
    assert str(report) in outcome.err
    assert "Traceback" not in outcome.err
    assert "Traceback" in report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o777 == 0o600


def test_unexpected_error_is_told_also_where_no_report_can_be_written(
    machiya: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nosuch"))
    fail_with(monkeypatch, ZeroDivisionError("division by zero"))
    outcome = machiya("x")
    assert outcome.code == 70
    assert "Please report it: ZeroDivisionError: division by zero" in outcome.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_interruption_is_quiet(machiya: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    fail_with(monkeypatch, error)
    outcome = machiya("x")
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "")


def test_start_up_imports_nothing_heavy() -> None:
    code = f"import sys, machiya.entrypoints.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 – our own interpreter and text
    assert done.stdout == "[]\n"
