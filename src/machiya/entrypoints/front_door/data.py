"""The bytes of a message out of DATA: exactly those that were sent, whatever their line ends."""

import asyncio
from collections.abc import AsyncIterator

BLOCK_BYTES = 256 * 1024
LINE_END = b"\r\n"
LAST_LINE = b".\r\n"


async def message_blocks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Blocks of about 256 KiB up to the line with the single dot, which is consumed; stuffed dots removed.

    Only CRLF ends a line, so a dot between bare CR or LF is content and can never end the message. A line may be
    longer than the reader's limit.
    Source: RFC 5321 §2.3.8, §4.1.1.4, §4.5.2.

    Raises:
        asyncio.IncompleteReadError: the connection ended first.
    """
    block, at_line_start = bytearray(), True
    while True:
        piece, complete = await _piece(reader)
        if at_line_start and piece.startswith(b"."):
            if piece == LAST_LINE and complete:
                break
            piece = piece[1:]
        at_line_start = complete
        block += piece
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


async def _piece(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """A line with its CRLF, or a part of a line longer than the reader's limit; whether the line ends here."""
    try:
        return await reader.readuntil(LINE_END), True
    except asyncio.LimitOverrunError as error:
        # What is "consumed" never splits a CRLF: the reader keeps a last byte that may be its first half.
        return await reader.readexactly(error.consumed), False
