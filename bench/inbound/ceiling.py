"""How fast the generator is when nothing is behind it: a server that answers at once."""

import asyncio
import contextlib
import sys
from typing import cast

import uvloop

_ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


class Null(asyncio.Protocol):
    """Reads one request after another and answers 201 when its body is complete."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._head, self._missing = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            self._head += data
            head, end, rest = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
            self._head, self._missing, data = b"", int(length), rest
        self._missing -= len(data)
        if self._missing <= 0 and self._transport:
            self._transport.write(_ANSWER)


async def serve(port: int) -> None:
    """Until killed."""
    server = await asyncio.get_running_loop().create_server(Null, "127.0.0.1", port, backlog=256)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, contextlib.suppress(KeyboardInterrupt):
        runner.run(serve(int(sys.argv[1])))
