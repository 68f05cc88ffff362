"""Both listeners for Postfix, while mail-api runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from machiya.core.errors import Unavailable
from machiya.entrypoints.mail_api.postfix.milter import Rules, serve_milter
from machiya.entrypoints.mail_api.postfix.socketmap import serve_socketmap
from machiya.mail.outgoing_ports import LocalDirectory

_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def postfix_desk(
    rules: Rules, directory: LocalDirectory, host: str, *, milter_port: int, lookup_port: int
) -> AsyncIterator[tuple[int, int]]:
    """Listen for the time of the block; the two ports (given 0, the kernel's choice).

    Raises:
        Unavailable: an address or port cannot be had.
    """
    async with AsyncExitStack() as stack:
        milter = await stack.enter_async_context(_listening(partial(serve_milter, rules), host, milter_port))
        lookup = await stack.enter_async_context(_listening(partial(serve_socketmap, directory), host, lookup_port))
        yield milter, lookup


@asynccontextmanager
async def _listening(serve: _Serve, host: str, port: int) -> AsyncIterator[int]:
    """Postfix keeps its connections open; at the end they are closed from here, or nobody would ever end."""
    open_writers: set[asyncio.StreamWriter] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.add(writer)
        try:
            await serve(reader, writer)
        finally:
            open_writers.discard(writer)

    server = await _listen(accept, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in open_writers:
            writer.close()


async def _listen(accept: _Serve, host: str, port: int) -> asyncio.Server:
    try:
        return await asyncio.start_server(accept, host, port)
    except OSError as error:
        told = f"mail-api cannot listen for Postfix on {host}:{port}: {error.strerror}"
        raise Unavailable(told, hint="See submission.host, milter_port and lookup_port.") from error
