"""What a container has used, read from its control group: CPU and memory."""

from collections.abc import Mapping
from pathlib import Path

from bench.inbound.processes import BenchError, run

_ROOT = Path("/sys/fs/cgroup")


class Cgroup:
    """The control group (v1 or v2) of a running container."""

    def __init__(self, container: str) -> None:
        pid = run(["docker", "inspect", "--format", "{{.State.Pid}}", container], seconds=60).strip()
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
        self._container = container
        self._usage = _found(lines, "cpuacct", "cpuacct.usage", "cpu.stat")
        self._memory = _found(lines, "memory", "memory.usage_in_bytes", "memory.current")

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds used so far, dead processes included."""
        if not self._usage:
            raise BenchError(f"no CPU accounting found for container {self._container[:12]}; is {_ROOT} mounted?")
        text = self._usage.read_text()
        return int(text.split()[1]) / 1e6 if self._usage.name == "cpu.stat" else int(text) / 1e9

    @property
    def memory_bytes(self) -> int:
        """Memory as ``docker stats`` counts it: without the files in the cache that nobody has used lately."""
        if not self._memory:
            raise BenchError(f"no memory accounting found for container {self._container[:12]}; is {_ROOT} mounted?")
        stat = self._memory.with_name("memory.stat").read_text()
        return int(self._memory.read_text()) - inactive_file(stat)


def inactive_file(stat: str) -> int:
    """Bytes of the cache that can go at once, from ``memory.stat`` of v1 (with everything below it) or v2."""
    fields = dict(line.split() for line in stat.splitlines())
    return int(fields.get("total_inactive_file", fields.get("inactive_file", "0")))


def grown(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What each has used between two looks."""
    return {name: used - before.get(name, 0.0) for name, used in after.items()}


def _found(lines: list[str], controller: str, old: str, new: str) -> Path | None:
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            mount = _ROOT / controllers
            return (mount if mount.exists() else _ROOT / controller) / path.lstrip("/") / old
        file = _ROOT / path.lstrip("/") / new
        if not controllers and file.exists():
            return file
    return None
