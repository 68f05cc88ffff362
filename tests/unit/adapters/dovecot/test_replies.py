"""Replies, from whatever pieces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.adapters.dovecot.lmtp.faults import BadReply
from machiya.adapters.dovecot.lmtp.replies import LINE_OCTETS, REPLY_LINES, UNREAD_OCTETS, Reply, ReplyParser

THREE = b"250-fake\r\n250-PIPELINING\r\n250 8BITMIME\r\n452 4.2.2 <a@b> over quota\r\n250\r\n"
PARSED = [
    Reply(250, "", ("fake", "PIPELINING", "8BITMIME")),
    Reply(452, "4.2.2", ("<a@b> over quota",)),
    Reply(250, "", ("",)),
]


def parse(*pieces: bytes) -> list[Reply]:
    parser = ReplyParser()
    replies = []
    for piece in pieces:
        parser.feed(piece)
        while reply := parser.take():
            replies.append(reply)
    return replies


@given(st.lists(st.integers(0, len(THREE)), max_size=6).map(sorted))
def test_take_gives_the_same_replies_however_they_are_cut(cuts: list[int]) -> None:
    edges = [0, *cuts, len(THREE)]
    assert parse(*(THREE[start:end] for start, end in pairwise(edges))) == PARSED


def test_take_waits_for_the_last_line() -> None:
    assert parse(b"250-one\r\n250-two\r\n") == []


@pytest.mark.parametrize(
    ("line", "enhanced", "text"),
    [
        (b"550 5.1.1 no such user\r\n", "5.1.1", "no such user"),
        (b"250 2.1.5\r\n", "2.1.5", ""),
        (b"550 4.2.2 class and code differ\r\n", "", "4.2.2 class and code differ"),
        (b"250 2.0.0x\r\n", "", "2.0.0x"),
        (b"250 1.2.3.4 is an address\r\n", "", "1.2.3.4 is an address"),
        (b"250 only LF\n", "", "only LF"),
    ],
)
def test_take_knows_enhanced_codes(line: bytes, enhanced: str, text: str) -> None:
    [reply] = parse(line)
    assert (reply.enhanced, reply.lines) == (enhanced, (text,))


def test_take_takes_the_enhanced_code_off_every_line() -> None:
    [reply] = parse(b"550-5.7.1 first\r\n550 5.7.1 second\r\n")
    assert str(reply) == "550 5.7.1 first second"


def test_take_makes_texts_printable() -> None:
    assert parse(b"250 a\x1b[2J\xff\x00b\xe3\x81\x82\r\n")[0].lines == ("a?[2J\\xff?bあ",)


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n",
        b"25 short\r\n",
        b"2500 long\r\n",
        b"150 preliminary\r\n",
        b"600 no class\r\n",
        b"250x\r\n",
        b"250 a\rb\r\n",
        b"\r\n",
        b"250-one\r\n251 two\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"250 " + b"x" * LINE_OCTETS + b"\r\n",
        b"250-x\r\n" * (REPLY_LINES + 1),
    ],
)
def test_take_refuses_what_is_no_reply(data: bytes) -> None:
    with pytest.raises(BadReply):
        parse(data)


def test_feed_refuses_a_flood() -> None:
    parser = ReplyParser()
    parser.feed(b"x" * UNREAD_OCTETS)
    with pytest.raises(BadReply, match="flood"):
        parser.feed(b"x")


def test_take_refuses_an_endless_line_before_it_ends() -> None:
    with pytest.raises(BadReply, match="longer than"):
        parse(b"250 ", b"x" * LINE_OCTETS)


@pytest.mark.parametrize(
    ("code", "positive", "temporary"), [(250, True, False), (452, False, True), (550, False, False)]
)
def test_reply_says_what_its_class_means(code: int, *, positive: bool, temporary: bool) -> None:
    reply = Reply(code, "", ("",))
    assert (reply.positive, reply.temporary) == (positive, temporary)
    assert str(reply) == str(code)


@given(st.binary(max_size=200))
def test_take_of_any_octets_is_a_reply_or_refused(data: bytes) -> None:
    parser = ReplyParser()
    try:
        parser.feed(data)
        while reply := parser.take():
            assert 200 <= reply.code < 600
            assert all(line.isprintable() for line in reply.lines if line.isascii())
    except BadReply:
        pass
