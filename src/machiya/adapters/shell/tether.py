"""``python -m machiya.adapters.shell.tether PARENT-PID PROGRAM ARGUMENTS…``: becomes PROGRAM, and dies with its parent.

The kernel sends SIGKILL to this process when the parent ends, however it ends, and keeps that over ``execv``. Doing it
here, after the start, needs no code between fork and exec in a parent that has threads. SIGKILL and not SIGTERM: the
parts are built to lose nothing by it, and a part that took its time would keep its ports from the next ``machiya up``.
Source: prctl(2), PR_SET_PDEATHSIG.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the program; does not return."""
    parent, program = int(arguments[0]), arguments[1:]
    tie(parent)
    os.execv(program[0], program)  # noqa: S606 – argv list, no shell


def tie(parent: int) -> None:
    """This process dies with ``parent``; it ends now if that is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before the tie was made
            sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
