"""The load generator of the peer: SMTP over kept connections; its clock stops when the queue is empty.

It reads ``heads.json`` as the HTTP generator does: each entry is the recipient, a line feed and the message. All
connections are open and greeted before the clock starts; commands are pipelined, as Postfix allows.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uvloop

from bench.inbound.generator import cpu_seconds, read_requests
from bench.inbound.messages import Requests
from bench.inbound.plan import SENDER

# In the order in which a message goes through them, so that none is overlooked while it moves.
_QUEUES = ("maildrop", "incoming", "active", "deferred")
_LOOK_SECONDS = 0.01
_DRAIN_SECONDS = 180.0


def smtp_requests(contents: Sequence[bytes], recipients: Sequence[str]) -> Requests:
    """Messages and who gets them, for ``read_requests``."""
    both = zip(recipients, contents, strict=True)
    return Requests([b"%s\n%s" % (to.encode("ascii"), content) for to, content in both], b"")


def waiting_files(queue: Path) -> int:
    """Messages that are still in Postfix's queue."""
    return sum(len(files) for name in _QUEUES for _, _, files in os.walk(queue / name))


class Session:
    """One SMTP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def greet(self) -> None:
        """Up to the answer to EHLO."""
        await self._reply()
        self._writer.write(b"EHLO street.test\r\n")
        await self._reply()

    async def send(self, recipient: bytes, content: bytes) -> int:
        """One message; the code of the last reply."""
        self._writer.write(b"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n" % (SENDER.encode(), recipient))
        codes = [await self._reply() for _ in range(3)]
        if codes != [250, 250, 354]:
            return max(codes)
        self._writer.write(content + b".\r\n")
        return await self._reply()

    def close(self) -> None:
        self._writer.close()

    async def _reply(self) -> int:
        line = await self._reader.readline()
        while line[3:4] == b"-":
            line = await self._reader.readline()
        if not line:
            raise ConnectionError("the server hung up")
        return int(line[:3])


async def load(host: str, port: int, connections: int, requests: Requests, queue: Path) -> dict[str, Any]:
    """Send every message once, then wait for the queue."""
    sessions = [Session(*await asyncio.open_connection(host, port)) for _ in range(connections)]
    await asyncio.gather(*(one.greet() for one in sessions))
    statuses: Counter[str] = Counter()
    entries = iter(requests.heads)
    cpu, started = cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(_worker(one, entries, statuses) for one in sessions))
    accepted = time.perf_counter() - started
    await _drained(queue)
    seconds = time.perf_counter() - started
    for one in sessions:
        one.close()
    told = {"seconds": seconds, "accepted_seconds": accepted, "statuses": dict(statuses)}
    return told | {"cpu_seconds": cpu_seconds() - cpu}


async def _worker(session: Session, entries: Iterator[bytes], statuses: Counter[str]) -> None:
    for entry in entries:
        recipient, _, content = entry.partition(b"\n")
        statuses[str(await session.send(recipient, content))] += 1


async def _drained(queue: Path) -> None:
    deadline = time.monotonic() + _DRAIN_SECONDS
    while waiting_files(queue) and time.monotonic() < deadline:  # noqa: ASYNC110 – a folder tells nobody
        await asyncio.sleep(_LOOK_SECONDS)


def main() -> None:
    """``smtp_generator HOST PORT CONNECTIONS FOLDER QUEUE``."""
    host, port, connections, folder, queue = sys.argv[1:]
    requests = read_requests(Path(folder))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, contextlib.suppress(KeyboardInterrupt):
        print(json.dumps(runner.run(load(host, int(port), int(connections), requests, Path(queue)))))


if __name__ == "__main__":
    main()
