"""Long work on the command line: a bar with rate and time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from machiya.core.sizes import format_size
from machiya.entrypoints.cli import console

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from machiya.core.progress import Progress

# ruff: noqa: PLC0415 – rich is imported where something is shown: see console.py

_SECONDS_BETWEEN_LINES = 15.0


@contextmanager
def shown(*, quiet: bool = False) -> "Iterator[Progress]":
    """A progress for the length of the block; ``quiet``: nothing is shown (for --json)."""
    if quiet:
        from machiya.core.progress import SILENT

        yield SILENT
    elif sys.stderr.isatty():
        with _bar() as bar:
            yield OnTerminal(bar)
    else:
        yield InLines()


class InLines:
    """For a log: what is told, and where the work is every now and then."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        """One line in a quarter of a minute."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES
            console.note(f"{name}: {_of(done, total, unit)}")

    def line(self, text: str) -> None:
        """As it is."""
        console.note(text)


class OnTerminal:
    """A bar for each step."""

    def __init__(self, bar: "Bar") -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def step(self, name: str, done: int, total: int = 0, *, unit: str = "") -> None:
        """Move the bar of this step; rate and time left are those of bytes, anything else is counted in words."""
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=None)
        task = self._tasks[name]
        if unit == "bytes":
            self._bar.update(task, completed=done, total=total or None)
        else:
            self._bar.update(task, description=f"{name}: {_of(done, total, unit)}")

    def line(self, text: str) -> None:
        """Above the bars."""
        self._bar.console.print(console.harmless(text), style="dim")


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, markup=False, emoji=False, highlight=False),
        transient=True,
    )


def _of(done: int, total: int, unit: str) -> str:
    return f"{_amount(done, unit)} of {_amount(total, unit)}" if total else _amount(done, unit)


def _amount(number: int, unit: str) -> str:
    return format_size(number) if unit == "bytes" else f"{number} {unit}".strip()
