"""Commands of this machine: run to their end, with their words when they fail."""

import subprocess  # noqa: TID251 – a test lane builds its own surroundings
from collections.abc import Sequence
from dataclasses import dataclass

_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def attempt(argv: Sequence[str], stdin: bytes = b"", seconds: float = _SECONDS) -> Done:
    """Run ``argv``; any end is fine."""
    ended = subprocess.run(list(argv), input=stdin, capture_output=True, timeout=seconds, check=False)  # noqa: S603 – argv lists of this lane
    return Done(ended.returncode, ended.stdout.decode("utf-8", "replace"), ended.stderr.decode("utf-8", "replace"))


def run(*argv: str, stdin: bytes = b"", seconds: float = _SECONDS) -> str:
    """Run ``argv``; what it printed. It must succeed."""
    done = attempt(argv, stdin, seconds)
    assert done.code == 0, f"{' '.join(argv)}: {done.err.strip() or done.out.strip()}"
    return done.out
