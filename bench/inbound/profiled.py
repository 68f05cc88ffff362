"""``profiled OUTPUT ARGUMENTS…``: the ``machiya`` command with a cProfile of every thread.

``threading.Thread.run`` is wrapped, because a profile sees only the thread that enabled it. One file for each name.
"""

import cProfile
import sys
import threading
from pathlib import Path

from machiya.entrypoints.cli.main import main


def _profile_threads(output: Path) -> None:
    plain = threading.Thread.run

    def run(thread: threading.Thread) -> None:
        profile = cProfile.Profile()
        try:
            profile.runcall(plain, thread)
        finally:
            profile.dump_stats(output / f"{thread.name}.prof")

    threading.Thread.run = run  # type: ignore[assignment, method-assign]


def profiled_main() -> int:
    """Run ``machiya ARGUMENTS…``."""
    output, arguments = Path(sys.argv[1]), sys.argv[2:]
    output.mkdir(parents=True, exist_ok=True)
    _profile_threads(output)
    profile = cProfile.Profile()
    try:
        return profile.runcall(main, arguments)
    finally:
        profile.dump_stats(output / "main.prof")


if __name__ == "__main__":
    sys.exit(profiled_main())
