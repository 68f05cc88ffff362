"""The socketmap: Postfix's look-ups, answered from the address table in memory.

Source: https://www.postfix.org/socketmap_table.5.html (netstrings: ``name key``, answered by ``OK data``, ``NOTFOUND ``
or ``TEMP reason``).
"""

import asyncio
import contextlib

from machiya.core.errors import Unavailable
from machiya.mail.outgoing_ports import LocalDirectory
from machiya.mail.postfix_lookups import look_up

REQUEST_BYTES = 4096
_LENGTH_DIGITS = len(str(REQUEST_BYTES)) + 1


async def serve_socketmap(
    directory: LocalDirectory, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer one connection until it ends; what is no netstring ends it."""
    with contextlib.suppress(ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        while True:
            request = await _read_netstring(reader)
            writer.write(_netstring(_answer(directory, request)))
            await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _read_netstring(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b":")
    length = int(head[:-1]) if len(head) <= _LENGTH_DIGITS else REQUEST_BYTES + 1
    if not 0 <= length <= REQUEST_BYTES:
        raise ValueError("a request that long is none")
    content = await reader.readexactly(length + 1)
    if content[-1:] != b",":
        raise ValueError("not a netstring")
    return content[:-1]


def _netstring(content: bytes) -> bytes:
    return str(len(content)).encode() + b":" + content + b","


def _answer(directory: LocalDirectory, request: bytes) -> bytes:
    table, _, key = request.decode("utf-8", "replace").partition(" ")
    try:
        found = look_up(directory, table, key)
    except Unavailable as error:
        return f"TEMP {error.message}".encode()
    return b"NOTFOUND " if found is None else f"OK {found}".encode()
