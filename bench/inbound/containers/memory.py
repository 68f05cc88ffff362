"""Memory of each container: idle, and the most it had under load."""

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from bench.inbound.cgroups import Cgroup
from bench.inbound.table import number, render

_EVERY_SECONDS = 0.5
_MB = 1_000_000


def memory_of(cgroups: Mapping[str, Cgroup]) -> dict[str, int]:
    """Bytes by container, now."""
    return {name: cgroup.memory_bytes for name, cgroup in cgroups.items()}


class Watched:
    """Looks twice a second while it is entered; ``most`` is each container's highest figure."""

    def __init__(self, cgroups: Mapping[str, Cgroup]) -> None:
        self._cgroups = cgroups
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory")
        self.most: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.most = highest(self.most, memory_of(self._cgroups))
            if self._done.wait(_EVERY_SECONDS):
                return


def highest(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """The larger of two figures for each name."""
    return {name: max(before.get(name, 0), now.get(name, 0)) for name in {**before, **now}}


def idle_megabytes(idle: Mapping[str, int]) -> float:
    """All containers of the house together."""
    return sum(idle.values()) / _MB


def memory_table(idle: Mapping[str, int], loaded: Mapping[str, int]) -> str:
    """Megabytes of each container."""
    rows = [["memory, MB", "idle", "most under load"]]
    for name in sorted({**loaded, **idle}):
        figures = (each.get(name) for each in (idle, loaded))
        rows.append([name, *(number(None if value is None else value / _MB, 1) for value in figures)])
    rows.append(["all of the house, idle", number(idle_megabytes(idle), 1), ""])
    return render(rows)
