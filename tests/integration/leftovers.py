"""Containers and networks of the tests carry a label that names their test run; what a dead run left is removed.

``docker run --label machiya.test=…`` with ``mark()``; ``remove()`` at the start of a lane. The value is the process id
of the run and when it started, so that runs side by side leave each other alone and a reused id is not mistaken.
"""

import os
import subprocess  # noqa: TID251 – a test lane speaks with its Docker itself
from pathlib import Path

LABEL = "machiya.test"
_SECONDS = 180


def mark() -> str:
    """``key=value`` for ``--label``."""
    return f"{LABEL}={_run(os.getpid())}"


def remove() -> list[str]:
    """Remove what belongs to no living run; their ids. Does nothing where no Docker answers."""
    containers = _dead("ps", "--all", "--no-trunc")
    _docker("rm", "--force", "--volumes", *containers) if containers else None
    networks = _dead("network", "ls", "--no-trunc")
    _docker("network", "rm", *networks) if networks else None
    return [*containers, *networks]


def _dead(*listing: str) -> list[str]:
    words = '{{.ID}} {{.Label "' + LABEL + '"}}'
    lines = _docker(*listing, "--filter", f"label={LABEL}", "--format", words).splitlines()
    return [words[0] for words in map(str.split, lines) if not _lives("".join(words[1:]))]


def _lives(value: str) -> bool:
    process, _, _ = value.partition("-")
    return process.isdecimal() and _run(int(process)) == value


def _run(process: int) -> str:
    """Source: proc(5), field 22: when it started, in ticks since the boot."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{process}-{fields[19]}"


def _docker(*words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 – fixed argv
            ["docker", *words],  # noqa: S607 – wherever it is installed
            capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout


if __name__ == "__main__":
    print("left by an earlier run and removed:", " ".join(found) if (found := remove()) else "nothing")
