"""Starting, watching and stopping the processes of a run."""

import os
import shutil
import signal
import socket
import subprocess  # noqa: TID251 – a bench starts what it measures
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """The bench cannot go on; the message says what to do."""


class Process:
    """A child with its output in a log file; stopped by SIGTERM, then SIGKILL."""

    def __init__(self, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._argv = list(argv)
        self._log = log
        self._environment = {**inherited(), **(environment or {})}
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._child
        return self._child.pid

    def start(self, port: int) -> Self:
        """Start it and wait until it listens on ``port`` of loopback.

        Raises:
            BenchError: it ended, or did not listen in time; with the end of its log.
        """
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(self._argv, stdout=log, stderr=log, cwd=ROOT, env=self._environment)  # noqa: S603
        deadline = time.monotonic() + START_SECONDS
        while not listening(port):
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise BenchError(f"{' '.join(self._argv[:4])} … does not listen on {port}:\n{self.log_end()}")
            time.sleep(0.05)  # noqa: TID251 – waits for another process; there is nothing to wait on
        return self

    def stop(self) -> None:
        """End it; no error if it is gone."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(30)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def log_end(self) -> str:
        """The last lines it said."""
        return self._log.read_text(errors="replace")[-3000:]


def inherited() -> dict[str, str]:
    """This process's environment without settings of a house."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MACHIYA_")}  # noqa: TID251 – for children


def python() -> str:
    """This interpreter."""
    return sys.executable


def run(argv: Sequence[str], *, seconds: float, environment: Mapping[str, str] | None = None) -> str:
    """Run a command to its end; its standard output.

    Raises:
        BenchError: it is missing, failed or took too long; with what it said.
    """
    everything = {**inherited(), **(environment or {})}
    try:
        done = subprocess.run(  # noqa: S603 – argv of the bench's own
            list(argv), capture_output=True, text=True, timeout=seconds, check=False, cwd=ROOT, env=everything
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{argv[0]}: {error}") from error
    if done.returncode:
        raise BenchError(
            f"{' '.join(argv[:5])} … ended with {done.returncode}:\n{(done.stderr or done.stdout)[-3000:]}"
        )
    return done.stdout


def listening(port: int) -> bool:
    """Whether something accepts connections on this port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def thread_cpu_seconds(pid: int) -> dict[str, float]:
    """CPU seconds of a process: its main thread (the event loop) and all others together, ended ones included."""
    everything, main = (_stat_seconds(Path(f"/proc/{pid}") / name) for name in ("stat", f"task/{pid}/stat"))
    return {"main thread": main, "other threads": everything - main}


def _stat_seconds(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def remove_tree(path: Path) -> None:
    """Delete a folder, also one with names of other users."""
    shutil.rmtree(path, ignore_errors=True)
