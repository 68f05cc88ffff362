"""What is measured, each behind the same two words: ``prepare`` (off the clock) and ``go`` (on it)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bench.inbound.cgroups import grown
from bench.inbound.generator import write_requests
from bench.inbound.messages import Requests, message
from bench.inbound.plan import SIZES, Case, recipients
from bench.inbound.processes import Process, python, run, thread_cpu_seconds
from bench.inbound.smtp_source import SmtpSource


@dataclass(frozen=True, slots=True)
class Raw:
    """What one measure gave: wall seconds, latencies (if told), answers by status, CPU seconds by process."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)


class Design(Protocol):
    """One way for messages to come in."""

    def prepare(self, case: Case, messages: int) -> None:
        """Everything that need not be on the clock."""

    def go(self, case: Case, messages: int) -> Raw:
        """Send; ends when the last message was answered."""


class HttpDesign:
    """A service that takes messages over HTTP, driven by the generator process.

    Args:
        server: whose CPU is counted; None: somebody else counts.
        port, host: where it listens.
        folder: where the requests are laid out.
        requests: makes them of a message, its recipients and the port.
    """

    def __init__(
        self,
        server: Process | None,
        port: int,
        folder: Path,
        requests: Callable[[bytes, list[str], int], Requests],
        host: str = "127.0.0.1",
    ) -> None:
        self._server, self._port, self._folder, self._requests = server, port, folder, requests
        self._host = host
        folder.mkdir(parents=True, exist_ok=True)

    def prepare(self, case: Case, messages: int) -> None:
        """Write the requests, signed now."""
        write_requests(self._folder, self._requests(message(SIZES[case.size]), recipients(messages), self._port))

    def go(self, case: Case, messages: int) -> Raw:  # noqa: ARG002 – the requests are laid out already
        """Run the generator; the clock is its own and starts when its connections are open."""
        before = self._cpu()
        argv = [python(), "-m", "bench.inbound.generator", str(self._port), str(case.connections), str(self._folder)]
        told = json.loads(run([*argv, self._host], seconds=600))
        cpu = grown(before, self._cpu())
        cpu["client"] = told["cpu_seconds"]
        return Raw(told["seconds"], told["latencies"], told["statuses"], cpu)

    def _cpu(self) -> dict[str, float]:
        threads = thread_cpu_seconds(self._server.pid) if self._server else {}
        return {f"server {name}": seconds for name, seconds in threads.items()}


class LmtpDesign:
    """smtp-source straight into Dovecot."""

    def __init__(self, source: SmtpSource, port: int, folder: Path, *, keep: bool) -> None:
        self._source, self._port, self._keep = source, port, keep
        self._file = folder / f"message-{keep}.eml"

    def prepare(self, case: Case, messages: int) -> None:  # noqa: ARG002 – the same words for every design
        """Write the message; smtp-source puts the CR before each LF itself."""
        self._file.write_bytes(message(SIZES[case.size]).replace(b"\r\n", b"\n"))

    def go(self, case: Case, messages: int) -> Raw:
        """Run it; it does not tell latencies."""
        seconds, cpu = self._source.send(
            self._port, self._file, messages=messages, connections=case.connections, keep=self._keep
        )
        return Raw(seconds, cpu={"client": cpu})
