"""Messages as DATA carries them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.messages import SMALL
from corpus.sample import Sample
from fakes.lmtp_server import LAX, STRICT, _unstuffed
from machiya.adapters.dovecot.lmtp.dot_stuffing import DotStuffer, is_exact

ODD = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x", b"\x00", b"..", b""]), max_size=40).map(b"".join)


def stuffed(content: bytes, size: int = 1 << 20) -> bytes:
    stuffer = DotStuffer()
    pieces = [stuffer.feed(content[start : start + size]) for start in range(0, len(content), size)]
    return b"".join([*pieces, stuffer.finish()])


@given(ODD, st.integers(1, 5))
def test_feed_gives_the_same_however_it_is_cut(content: bytes, size: int) -> None:
    assert stuffed(content, size) == stuffed(content)


@given(ODD, st.sampled_from([STRICT, LAX]))
def test_finish_is_the_only_end_that_any_server_sees(content: bytes, end: re.Pattern[bytes]) -> None:
    sent = stuffed(content)
    found = end.search(sent)
    assert found
    assert found.end() == len(sent)


@given(ODD)
def test_is_exact_tells_what_a_strict_server_stores(content: bytes) -> None:
    assert (_unstuffed(stuffed(content)) == content) == is_exact(content)


@given(ODD)
def test_feed_adds_only_dots_and_a_last_line_end(content: bytes) -> None:
    kept = _unstuffed(stuffed(content))
    ended = content if content.endswith(b"\r\n") or not content else content + b"\r\n"
    assert kept.replace(b".", b"") == ended.replace(b".", b"")
    assert kept.count(b".") >= content.count(b".")


@pytest.mark.parametrize("sample", SMALL, ids=lambda sample: sample.name)
def test_stuffed_corpus_never_ends_early(sample: Sample) -> None:
    sent = stuffed(sample.content, 4096)
    for end in (STRICT, LAX):
        found = end.search(sent)
        assert found
        assert found.end() == len(sent)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_feed_takes_any_octets(kind: type) -> None:
    stuffer = DotStuffer()
    assert stuffer.feed(kind(b".a\r\n.")) + stuffer.finish() == b"..a\r\n..\r\n.\r\n"
    assert is_exact(kind(b".a\r\n.\r\n"))
    assert not is_exact(kind(b"a\n.\r\n"))
