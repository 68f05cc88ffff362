"""The load generator: its own process, raw HTTP/1.1 over kept connections, the same for every HTTP design.

It reads the requests from a folder (``heads.json``: base64 texts; ``tail.bin``), opens all connections before the clock
starts, and prints one JSON document: wall seconds, latencies, answers by status, its own CPU seconds.
"""

import asyncio
import base64
import contextlib
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import uvloop

from bench.inbound.messages import Requests

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """One kept connection: a request at a time, the answer's status back."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"the server hung up: {exc}"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        status = read_answer(self._buffer)
        if status is not None and self._answer and not self._answer.done():
            self._buffer = b""
            self._answer.set_result(status)

    async def send(self, head: bytes, tail: bytes) -> int:
        """Send one request; its status when the whole answer is here."""
        assert self._transport
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.writelines((head, tail))
        return await self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.close()


def read_answer(buffer: bytes) -> int | None:
    """The status of the one complete answer in ``buffer``, or None while bytes are missing."""
    end = buffer.find(_END)
    if end < 0:
        return None
    head = buffer[:end].lower()
    at = head.find(_LENGTH)
    length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return int(head[9:12]) if len(buffer) >= end + len(_END) + length else None


async def load(host: str, port: int, connections: int, requests: Requests) -> dict[str, Any]:
    """Send every request once over ``connections`` kept connections, each as soon as one is free."""
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(Connection, host, port) for _ in range(connections)]
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    heads = iter(requests.heads)
    cpu, started = cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(_worker(one, heads, requests.tail, statuses, latencies) for _, one in opened))
    seconds = time.perf_counter() - started
    for _, one in opened:
        one.close()
    return {
        "seconds": seconds,
        "latencies": latencies,
        "statuses": dict(statuses),
        "cpu_seconds": cpu_seconds() - cpu,
    }


async def _worker(
    connection: Connection, heads: Iterator[bytes], tail: bytes, statuses: Counter[str], latencies: list[float]
) -> None:
    for head in heads:
        started = time.perf_counter()
        status = await connection.send(head, tail)
        latencies.append(time.perf_counter() - started)
        statuses[str(status)] += 1


def cpu_seconds() -> float:
    """What this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def write_requests(folder: Path, requests: Requests) -> None:
    """Lay the requests out for the generator process."""
    (folder / "heads.json").write_text(json.dumps([base64.b64encode(head).decode() for head in requests.heads]))
    (folder / "tail.bin").write_bytes(requests.tail)


def read_requests(folder: Path) -> Requests:
    """What ``write_requests`` wrote."""
    heads = [base64.b64decode(text) for text in json.loads((folder / "heads.json").read_text())]
    return Requests(heads, (folder / "tail.bin").read_bytes())


def main() -> None:
    """``generator PORT CONNECTIONS FOLDER [HOST]``."""
    port, connections, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    host = sys.argv[4] if len(sys.argv) > 4 else "127.0.0.1"
    requests = read_requests(folder)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, contextlib.suppress(KeyboardInterrupt):
        print(json.dumps(runner.run(load(host, port, connections, requests))))


if __name__ == "__main__":
    main()
