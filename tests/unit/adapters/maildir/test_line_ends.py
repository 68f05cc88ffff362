"""CRLF to LF, and the sizes in a file name."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.messages import expected_maildir
from machiya.adapters.maildir.line_ends import SizeCount, chunks, unix_lines

ODD = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x", b"\x00", b""]), max_size=40).map(b"".join)


@given(ODD, st.integers(1, 7))
def test_unix_lines_equals_one_replacement_however_it_is_cut(sent: bytes, size: int) -> None:
    assert b"".join(unix_lines(chunks(sent, size))) == expected_maildir(sent)


@given(ODD, st.integers(1, 7))
def test_size_count_knows_both_sizes(sent: bytes, size: int) -> None:
    stored = expected_maildir(sent)
    count = SizeCount()
    for start in range(0, len(stored), size):
        count.add(stored[start : start + size])
    assert count.size == len(stored)
    assert count.virtual_size == len(stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_chunks_take_any_octets(kind: type) -> None:
    assert [bytes(chunk) for chunk in chunks(kind(b"abcde"), 2)] == [b"ab", b"cd", b"e"]
    assert list(chunks(kind(b""))) == []


def test_unix_lines_need_memory_for_a_chunk_not_for_the_message() -> None:
    sent = b"0123456789abcde\r\n" * (10 * 1024 * 1024 // 17)
    tracemalloc.start()
    total = sum(len(piece) for piece in unix_lines(chunks(sent)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == len(sent) - sent.count(b"\n")
    assert peak < 2 * 1024 * 1024
