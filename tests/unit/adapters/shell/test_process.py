import asyncio

import pytest

from machiya.adapters.shell.process import _read_lines, exit_words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit code 0"),
        (3, "exit code 3"),
        (-9, "killed by SIGKILL"),
        (-15, "killed by SIGTERM"),
        (-63, "killed by signal 63"),
    ],
)
def test_exit_words_name_what_happened(code: int, words: str) -> None:
    assert exit_words(code) == words


async def test_read_lines_gives_every_line_and_the_last_without_its_end() -> None:
    stream = asyncio.StreamReader(limit=8)
    stream.feed_data(b"one\r\ntwo\n" + b"x" * 20 + b"\nlast")
    stream.feed_eof()
    heard: list[bytes] = []
    await _read_lines(stream, heard.append)
    assert heard[:2] == [b"one", b"two"]
    assert b"".join(heard[2:]) == b"x" * 20 + b"last"
