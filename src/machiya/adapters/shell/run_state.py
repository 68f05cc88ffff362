"""``data/run/status.json``: what the supervisor runs, for ``machiya status``."""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from machiya.adapters.shell.part import PartStatus
from machiya.core.clock import to_wire

STATE_VERSION = 1


@dataclass(frozen=True, slots=True)
class PartReport:
    """A part as the file tells it; ``since`` and ``log`` as text."""

    name: str
    state: str
    pid: int | None
    since: str
    restarts: int
    last_exit: str
    log: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """What runs; ``pid`` None: no supervisor has written anything."""

    pid: int | None = None
    since: str = ""
    parts: tuple[PartReport, ...] = ()


class RunState:
    """Written by the supervisor alone, whole or not at all."""

    def __init__(self, path: Path, started: datetime) -> None:
        self._path, self._started = path, started

    def write(self, parts: Iterable[PartStatus]) -> None:
        """Replace the file. A disk that refuses it is told by the parts themselves."""
        document = {
            "v": STATE_VERSION,
            "pid": os.getpid(),
            "since": to_wire(self._started),
            "parts": [_part(status) for status in parts],
        }
        temporary = self._path.with_suffix(".tmp")
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
            temporary.replace(self._path)

    def remove(self) -> None:
        """Nothing runs any more."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def read_run_state(path: Path) -> RunReport:
    """What the file says; empty if it is missing or cannot be read. Whether it still holds, the lock tells."""
    try:
        data = json.loads(path.read_text("utf-8"))
        return RunReport(int(data["pid"]), str(data["since"]), tuple(_report(part) for part in data["parts"]))
    except (OSError, ValueError, KeyError, TypeError):
        return RunReport()


def _part(status: PartStatus) -> dict[str, Any]:
    return {
        "part": status.name,
        "state": str(status.state),
        "pid": status.pid,
        "since": to_wire(status.since),
        "restarts": status.restarts,
        "last_exit": status.last_exit,
        "log": str(status.log),
    }


def _report(data: dict[str, Any]) -> PartReport:
    return PartReport(
        name=str(data["part"]),
        state=str(data["state"]),
        pid=data["pid"],
        since=str(data["since"]),
        restarts=int(data["restarts"]),
        last_exit=str(data["last_exit"]),
        log=str(data["log"]),
    )
