import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.entrypoints.front_door import data
from machiya.entrypoints.front_door.data import message_blocks


def stuffed(message: bytes) -> bytes:
    """As a client sends it (RFC 5321 §4.5.2); the message ends with CRLF or is empty."""
    lines = message.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"


async def read(wire: bytes, *, limit: int = 16, pieces: int = 1 << 30) -> tuple[bytes, bytes]:
    """The message and what is left on the wire after it."""
    reader = asyncio.StreamReader(limit=limit)
    for start in range(0, len(wire), pieces):
        reader.feed_data(wire[start : start + pieces])
    reader.feed_eof()
    message = b"".join([block async for block in message_blocks(reader)])
    return message, await reader.read()


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"hello\r\n.\r\n", b"hello\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"...\r\n.\r\n", b"..\r\n"),
        (b".hidden dot\r\n.\r\n", b"hidden dot\r\n"),
        (b"\x00\xff\x80\r\n.\r\n", b"\x00\xff\x80\r\n"),
        (b"x" * 100_000 + b"\r\n.\r\n", b"x" * 100_000 + b"\r\n"),
        (b"." + b"x" * 100 + b"\r\n.\r\n", b"x" * 100 + b"\r\n"),
    ],
)
async def test_message_blocks_gives_the_bytes_that_were_meant(wire: bytes, message: bytes) -> None:
    assert await read(wire) == (message, b"")


@pytest.mark.parametrize(
    "smuggled",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r\n.\r\r\n",
        b"\r\r\n.\r\r\n",
        b"\r\n\x00.\r\n",
        b"\r\n.\x00\r\n",
        b"\n\n.\r\n",
        b"\r\n\r.\r\n",
    ],
)
async def test_message_blocks_ends_at_nothing_but_crlf_dot_crlf(smuggled: bytes) -> None:
    inside = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<taro@example.jp>\r\n"
    message, rest = await read(b"hello" + smuggled + inside + b"\r\n.\r\nQUIT\r\n")
    assert rest == b"QUIT\r\n"
    assert message.endswith(inside + b"\r\n"), "the smuggled commands are text of the one message"


async def test_message_blocks_leaves_pipelined_commands_on_the_wire() -> None:
    assert await read(b"a\r\n.\r\nMAIL FROM:<>\r\n") == (b"a\r\n", b"MAIL FROM:<>\r\n")


async def test_message_blocks_of_a_connection_that_ends_is_no_message() -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        await read(b"half a message\r\n")


async def test_message_blocks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "BLOCK_BYTES", 100)
    reader = asyncio.StreamReader(limit=64)
    reader.feed_data(b"0123456789\r\n" * 100 + b".\r\n")
    blocks = [block async for block in message_blocks(reader)]
    assert b"".join(blocks) == b"0123456789\r\n" * 100
    assert max(len(block) for block in blocks) <= 100 + 12


lines = st.lists(
    st.sampled_from([b".", b"..", b"\r", b"\n", b"\x00", b"a", b"\xff" * 40, b"\n.\n", b"\r.\r"]), max_size=8
)


@given(message=st.lists(lines.map(b"".join), max_size=6), pieces=st.integers(1, 40), limit=st.integers(4, 64))
def test_message_blocks_undoes_what_a_client_does(message: list[bytes], pieces: int, limit: int) -> None:
    sent = b"".join(line + b"\r\n" for line in message)
    assert asyncio.run(read(stuffed(sent) + b"NOOP\r\n", limit=limit, pieces=pieces)) == (sent, b"NOOP\r\n")
