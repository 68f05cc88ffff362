"""Starting a process that outlives us, and ending one that we know by its id."""

import os
import select
import signal
import subprocess  # noqa: TID251 – this is adapters/shell
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

_POLL_SECONDS = 0.1


class Detached:
    """A process in a session of its own; its output is appended to ``log``."""

    def __init__(self, argv: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._begin = output.tell()
            self._process = subprocess.Popen(  # noqa: S603 – argv list, no shell; it is meant to outlive us
                list(argv), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def said(self) -> str:
        """Its own output until now, without what earlier ones left in ``log``."""
        with self._log.open("rb") as file:
            file.seek(self._begin)
            return file.read().decode("utf-8", "replace")

    def wait_until(self, done: Callable[[], bool], seconds: float) -> int | None:
        """Wait until ``done`` or its end, at most ``seconds``; its exit code if it ended."""
        for _ in range(max(1, round(seconds / _POLL_SECONDS))):
            try:
                return self._process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                if done():
                    break
        return None


def machiya_command(*arguments: str) -> tuple[str, ...]:
    """The same Python running this program."""
    return (sys.executable, "-m", "machiya", *arguments)


def terminate(pid: int, seconds: float) -> bool:
    """TERM and wait; whether it is gone. True as well if it was gone before."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        ready, _, _ = select.select([descriptor], [], [], seconds)
        return bool(ready)
    except ProcessLookupError:
        return True
    finally:
        os.close(descriptor)
