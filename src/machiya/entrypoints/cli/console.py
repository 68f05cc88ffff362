"""How the command line looks: results to stdout, everything else to stderr, one renderer for errors."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from machiya.core.errors import ConfigurationError, MachiyaError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Rich is imported where something is shown: --help needs none of it.
# ruff: noqa: PLC0415

UNBROKEN = 10_000
_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), "\N{REPLACEMENT CHARACTER}") | {9: "\t", 10: "\n"}


def _console(*, stderr: bool) -> "Console":
    """No markup: what users typed must not be read as styles. Not a terminal: no colour, no line breaks of ours."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else UNBROKEN
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True, width=width)


def _print(*parts: tuple[str, str], stderr: bool = False) -> None:
    """Texts with their styles, on one line."""
    from rich.text import Text

    _console(stderr=stderr).print(Text.assemble(*((harmless(text), style) for text, style in parts)))


def harmless(text: str) -> str:
    """What strangers wrote (subjects, servers' replies, logs) must not steer the terminal."""
    return text.translate(_CONTROLS)


def say(text: str = "", *, style: str = "") -> None:
    """One line of the result."""
    _print((text, style))


def step(what: str, which: str, *, made: bool) -> bool:
    """One line of a repeatable command: what was made now, or was there already; ``made`` again."""
    say(f"{'made' if made else 'there':<6} {what:<13} {which}")
    return made


def warn(text: str) -> None:
    """One line that needs attention but stops nothing."""
    _print(("warning: ", "yellow bold"), (text, ""), stderr=True)


def note(text: str) -> None:
    """One line beside the result: progress, what was skipped."""
    _print((text, "dim"), stderr=True)


def show_json(data: Any) -> None:
    """Data for a script."""
    print(json.dumps(data, ensure_ascii=False, indent=2, default=str))  # noqa: T201 – stdout is this program's result


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """A table without lines; long cells fold, so that nothing is cut off at 80 columns. No rows: the ``empty`` text."""
    filled = [tuple(row) for row in rows]
    if not filled:
        note(empty)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    _print_table(table, filled)


def show_facts(facts: Iterable[tuple[str, str]]) -> None:
    """``name  value`` lines, values aligned."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    _print_table(table, facts)


def _print_table(table: "Table", rows: Iterable[Sequence[str]]) -> None:
    """Rich pads every line to the width of the table; a pipe should not get that."""
    from rich.text import Text

    for row in rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    console = _console(stderr=False)
    with console.capture() as capture:
        console.print(table, soft_wrap=False)
    for line in capture.get().splitlines():
        print(line.rstrip())  # noqa: T201 – stdout is this program's result


def show_error(error: MachiyaError, *, as_json: bool = False) -> None:
    """What happened, what to do; configuration mistakes as a list. ``as_json``: the same for a script, on stderr."""
    mistakes = error.mistakes if isinstance(error, ConfigurationError) else ()
    if as_json:
        told = {"code": error.code, "message": error.message, "hint": error.hint, "permanent": error.permanent}
        show_json_error(told | ({"mistakes": list(mistakes)} if mistakes else {}))
        return
    _print(("error: ", "red bold"), (error.message, ""), stderr=True)
    for mistake in mistakes:
        _print((f"  {mistake}", ""), stderr=True)
    if error.hint:
        _print(("  → ", "bold"), (error.hint, ""), stderr=True)


def show_json_error(error: dict[str, Any]) -> None:
    """``{"error": …}`` on stderr, so that stdout holds either the whole result or nothing."""
    print(json.dumps({"error": error}, ensure_ascii=False, indent=2), file=sys.stderr)  # noqa: T201 – as above
