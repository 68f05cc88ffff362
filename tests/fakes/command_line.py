"""``machiya …`` in this process, its streams caught."""

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from machiya.entrypoints.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What a command line left: its exit code and both streams."""

    code: int
    out: str
    err: str


def machiya(root: Path, *arguments: str) -> Outcome:
    """Run it for the house in ``root``."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["--house", str(root), *arguments])
    return Outcome(code, out.getvalue(), err.getvalue())
