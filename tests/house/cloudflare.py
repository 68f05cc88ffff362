"""The end of HTTPS in the street, where Cloudflare has it: what browsers send goes on to the tunnel's stand-in."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator

_CHUNK = 1 << 16


@contextlib.contextmanager
def https_end(context: ssl.SSLContext, target_port: int) -> Iterator[int]:
    """The port on loopback where browsers are taken; each byte goes to ``target_port`` and back as it is."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(context, target_port), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(context: ssl.SSLContext, target_port: int) -> asyncio.Server:
    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            back, forth = await asyncio.open_connection("127.0.0.1", target_port)
            await asyncio.gather(_pump(reader, forth), _pump(back, writer))

    return await asyncio.start_server(passed_on, "127.0.0.1", 0, ssl=context)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while octets := await reader.read(_CHUNK):
            writer.write(octets)
            await writer.drain()
    writer.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
