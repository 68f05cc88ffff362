"""How long work is shown: a bar on a terminal, lines in a log, nothing for a script."""

import io
import sys

import pytest

from machiya.entrypoints.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress.shown() as shown:
        shown.line("mail: the mailboxes \x1b[31m")
        shown.step("files", 512 * 1024, 1024 * 1024, unit="bytes")
        shown.step("databases", 2, 3, unit="tables")
    told = terminal.getvalue()
    assert "mail: the mailboxes \N{REPLACEMENT CHARACTER}[31m" in told
    assert "0.5/1.0 MiB" in told
    assert "databases: 2 tables of 3 tables" in told
    assert "-:--:--" in told


def test_a_log_gets_lines_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with progress.shown() as shown:
        shown.line("mail: the mailboxes")
        for step in range(40):
            now += 1
            shown.step("files", step * 1024, 40 * 1024, unit="bytes")
    assert capsys.readouterr().err.splitlines() == [
        "mail: the mailboxes",
        "files: 14 KiB of 40 KiB",
        "files: 29 KiB of 40 KiB",
    ]


def test_a_script_gets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(quiet=True) as shown:
        shown.line("mail: the mailboxes")
        shown.step("files", 1, 2, unit="bytes")
    assert capsys.readouterr() == ("", "")
