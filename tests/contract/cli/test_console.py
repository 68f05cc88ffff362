import contextlib
import io
import json
import re
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from machiya.core.errors import ConfigurationError, NotFound
from machiya.entrypoints.cli import console

STYLE = re.compile(r"\x1b\[[0-9;]*m")
LONG = "a-very-long-local-part-of-an-address.with-dots" * 2 + "@example.jp"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


@contextlib.contextmanager
def terminal() -> Iterator[Terminal]:
    screen = Terminal()
    with contextlib.redirect_stdout(screen):
        yield screen


def test_show_table_on_80_columns_folds_and_loses_nothing() -> None:
    with terminal() as screen:
        console.show_table(("mailbox", "stands for"), [(LONG, LONG.upper())], empty="")
    lines = STYLE.sub("", screen.getvalue()).splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    letters = "".join(lines)
    assert all(letters.count(letter) >= LONG.count(letter) for letter in set(LONG))
    assert "…" not in letters


def test_show_table_counts_japanese_as_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_table(("name", "x"), [("太郎@例え.jp", "1"), ("taro@example.jp", "2")], empty="")
    _, first, second = capsys.readouterr().out.splitlines()
    assert cell_len(first.removesuffix("1")) == cell_len(second.removesuffix("2"))


def test_show_table_into_a_pipe_is_plain_unbroken_and_without_blanks_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.show_table(("mailbox", "stands for"), [(LONG, LONG), ("[red]x[/red]", ":smile:")], empty="")
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert f"{LONG}  {LONG}\n" in out
    assert "[red]x[/red]" in out
    assert ":smile:" in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_show_table_without_rows_says_so_beside_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_table(("a",), [], empty="No mailbox yet.")
    assert capsys.readouterr() == ("", "No mailbox yet.\n")


def test_show_facts_aligns_values(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_facts([("a", "1"), ("long name", "2")])
    assert capsys.readouterr().out == "a          1\nlong name  2\n"


def test_say_and_warn_go_to_their_streams_uncoloured(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("x" * 200, style="bold")
    console.warn("careful [bold]")
    assert capsys.readouterr() == ("x" * 200 + "\n", "warning: careful [bold]\n")


def test_say_colours_on_a_terminal_only() -> None:
    with terminal() as screen:
        console.say("made", style="bold")
    assert screen.getvalue() == "\x1b[1mmade\x1b[0m\n"


def test_show_error_lists_every_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_error(ConfigurationError("2 mistakes", hint="Correct them.", mistakes=("a.b: x", "c.d: y")))
    assert capsys.readouterr().err == "error: 2 mistakes\n  a.b: x\n  c.d: y\n  → Correct them.\n"


def test_show_error_as_json_keeps_stdout_clean(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_error(ConfigurationError("1 mistake", mistakes=("家: x",)), as_json=True)
    streams = capsys.readouterr()
    assert streams.out == ""
    assert json.loads(streams.err)["error"]["mistakes"] == ["家: x"]
    assert "家" in streams.err


def test_show_error_without_a_hint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_error(NotFound("gone"))
    assert capsys.readouterr().err == "error: gone\n"


def test_step_tells_what_was_made_and_what_was_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert console.step("data", "data/", made=True) is True
    assert console.step("data", "data/", made=False) is False
    assert capsys.readouterr().out == "made   data          data/\nthere  data          data/\n"


def test_what_strangers_wrote_does_not_steer_the_terminal() -> None:
    odd = "a\x1b]0;mine\x07\x9b2Jb\rc"
    with terminal() as screen:
        console.say(odd)
        console.show_facts([("subject", odd)])
        console.show_table(("reason",), [(odd,)], empty="")
    shown = STYLE.sub("", screen.getvalue())
    assert shown.count("a\ufffd]0;mine\ufffd\ufffd2Jb\ufffdc") == 3
    assert not {"\x1b", "\x07", "\x9b", "\r"} & set(shown)


def test_say_keeps_tabs_and_lines() -> None:
    with terminal() as screen:
        console.say("one\ntwo\u3000三")
    assert screen.getvalue() == "one\ntwo\u3000三\n"
