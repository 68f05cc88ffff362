"""A connect scan, run as a script inside a network namespace: ``scan.py HOST PORTS [HOST PORTS …]``.

PORTS are like ``1-1024,3306``. Prints the open doors as JSON, a list of ``[host, port]``. A door that says nothing
within the time limit is closed.
"""

import asyncio
import json
import sys
from collections.abc import Iterator

LIMIT_SECONDS = 2.0
AT_ONCE = 400


def ports(text: str) -> Iterator[int]:
    for part in text.split(","):
        low, _, high = part.partition("-")
        yield from range(int(low), int(high or low) + 1)


async def is_open(host: str, port: int, turn: asyncio.Semaphore) -> bool:
    async with turn:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                _, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError):
            return False
        writer.transport.abort()
        return True


async def scan(arguments: list[str]) -> list[tuple[str, int]]:
    turn = asyncio.Semaphore(AT_ONCE)
    doors = [(host, port) for host, text in zip(arguments[::2], arguments[1::2], strict=True) for port in ports(text)]
    found = await asyncio.gather(*(is_open(host, port, turn) for host, port in doors))
    return [door for door, opened in zip(doors, found, strict=True) if opened]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(scan(sys.argv[1:]))))
