"""The header section and what is read from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.mail.headers import SECTION_BYTES, HeaderFacts, header_section, read_facts

MESSAGE = (
    b"Received: from a by b\r\n\tid 1; now\r\n"
    b"Received: from b by c\r\n"
    b"X-Machiya-Delivery: 0193a5c0-7b1e-7c3a-9f00-0123456789ab\r\n"
    b"Message-ID: <abc@example.com>\r\n"
    b"From: =?utf-8?B?5aSq6YOO?= <taro@example.jp>\r\n"
    b"Subject: =?utf-8?B?5pel?=\r\n =?utf-8?B?5pys?=\r\n"
    b"\r\n"
    b"Received: this is the body\r\nSubject: so is this\r\n"
)


def test_read_facts_reads_what_the_trace_needs() -> None:
    assert read_facts(MESSAGE) == HeaderFacts(
        message_id="abc@example.com", subject="日本", sender="太郎 <taro@example.jp>", hops=2, passes=1
    )


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_read_facts_takes_any_buffer(kind: type) -> None:
    assert read_facts(kind(MESSAGE)).hops == 2


def test_read_facts_is_the_same_with_bare_line_feeds() -> None:
    assert read_facts(MESSAGE.replace(b"\r\n", b"\n")) == read_facts(MESSAGE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\r\nSubject: body\r\n", id="no header, empty line first"),
        pytest.param(b"\nSubject: body\n", id="no header, bare line feed first"),
        pytest.param(b"just text, no colon anywhere", id="no field"),
        pytest.param(b"From a@b Mon Nov 23 10:00:00 2026\r\n", id="mbox line"),
        pytest.param(b": no name\r\n", id="no name"),
        pytest.param(b"Sub ject: two words\r\n", id="space in the name"),
        pytest.param(b" Subject: continues nothing\r\n", id="continuation first"),
        pytest.param("件名: x\r\n".encode(), id="name not ASCII"),
        pytest.param(b"\x00\x01\x02\xff", id="binary"),
    ],
)
def test_read_facts_of_a_message_without_fields_is_empty(content: bytes) -> None:
    assert read_facts(content) == HeaderFacts()


@pytest.mark.parametrize(
    ("content", "subject"),
    [
        pytest.param(b"SUBJECT: x\r\n\r\n", "x", id="upper case"),
        pytest.param(b"Subject : x\r\n\r\n", "x", id="space before the colon (RFC 5322 §4.5)"),
        pytest.param(b"Subject:x\r\n\r\n", "x", id="no space"),
        pytest.param(b"Subject:\r\n x\r\n\r\n", "x", id="folded at once"),
        pytest.param(b"Subject: a\r\n\tb\r\n c\r\n\r\n", "a b c", id="folded twice"),
        pytest.param(b"Subject: a\n b\r\n c\r\n\r\n", "a b c", id="both line ends"),
        pytest.param(b"Subject: a\r\n \r\n b\r\n\r\n", "a  b", id="folded with a blank line"),
        pytest.param(b"Subject: first\r\nSubject: second\r\n\r\n", "first", id="the first counts"),
        pytest.param(b"Subject: x", "x", id="no line end"),
        pytest.param(b"Subject:\r\nFrom: y\r\n\r\n", "", id="empty"),
        pytest.param(b"A: b\r\n\nSubject: body\r\n", "", id="section ends with a mixed empty line"),
        pytest.param(b"A: b\n\r\nSubject: body\r\n", "", id="section ends with the other mixed empty line"),
        pytest.param(b"A: b\rSubject: x\r\n\r\n", "", id="a bare CR ends no line"),
        pytest.param(b"A: b\r\r\nSubject: x\r\n\r\n", "x", id="CR before a line end"),
    ],
)
def test_read_facts_reads_a_subject_however_it_is_laid_out(content: bytes, subject: str) -> None:
    assert read_facts(content).subject == subject


def test_read_facts_counts_every_received_field() -> None:
    assert read_facts(b"received: x\r\n" * 60 + b"\r\n").hops == 60


def test_read_facts_counts_fields_by_their_whole_name() -> None:
    assert read_facts(b"X-Received: x\r\nReceived-SPF: pass\r\nX-Machiya-Delivery-2: x\r\n\r\n") == HeaderFacts()


def test_header_section_ends_before_the_first_empty_line() -> None:
    assert header_section(b"A: b\r\nC: d\r\n\r\nbody\r\n\r\n") == b"A: b\r\nC: d"


def test_header_section_is_bounded() -> None:
    endless = b"A: " + b"b" * (2 * SECTION_BYTES)
    assert header_section(endless) == endless[:SECTION_BYTES]


def test_header_section_of_the_largest_section_is_whole() -> None:
    field = b"A: " + b"b" * (SECTION_BYTES - 3 - 4)
    assert header_section(field + b"\r\n\r\n" + b"body") == field


# Each of these made a naive reader slow; the timeout of the test run would tell.
@pytest.mark.parametrize(
    "piece",
    [
        b"a", b" ", b"\r\n ", b"a:b\r\n", b"=?utf-8?Q?=E3=81=82?= ", b"=?", b"=?a?q?", b"=?a?b?a?=", b"\x1b$B", b"\xe3",
        b":", b"a\r", b"Subject: =?utf-8?B?",
    ],
)  # fmt: skip
def test_read_facts_of_a_huge_header_is_read_in_linear_time(piece: bytes) -> None:
    huge = b"Subject: " + piece * (SECTION_BYTES // len(piece))
    assert read_facts(huge).hops == 0


@given(st.binary(max_size=200) | st.lists(st.sampled_from(MESSAGE.split(b" ")), max_size=20).map(b" ".join))
def test_read_facts_never_fails(content: bytes) -> None:
    facts = read_facts(content)
    assert (facts.subject + facts.sender + facts.message_id).encode() is not None
    assert facts.hops >= 0
