"""The header lines the house adds, byte for byte."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import parse_delivery_id
from machiya.mail.headers import read_facts
from machiya.mail.prefix import header_prefix

ID = parse_delivery_id("0193a5c0-7b1e-7c3a-9f00-0123456789ab")
AT = datetime(2026, 11, 23, 10, 0, 5, tzinfo=UTC)


def prefix_for(recipient: str) -> bytes:
    return header_prefix(ID, EmailAddress.parse(recipient), "mail.example.jp", AT)


def test_header_prefix_is_these_bytes() -> None:
    assert prefix_for("taro@example.jp") == (
        b"Received: from the edge by mail.example.jp (Machiya) with HTTPS\r\n"
        b"\tid 0193a5c0-7b1e-7c3a-9f00-0123456789ab\r\n"
        b"\tfor <taro@example.jp>;\r\n"
        b"\tMon, 23 Nov 2026 10:00:05 +0000\r\n"
        b"X-Machiya-Delivery: 0193a5c0-7b1e-7c3a-9f00-0123456789ab\r\n"
    )


def test_header_prefix_leaves_out_an_address_that_is_not_ascii() -> None:
    assert prefix_for("ünal@example.jp") == (
        b"Received: from the edge by mail.example.jp (Machiya) with HTTPS\r\n"
        b"\tid 0193a5c0-7b1e-7c3a-9f00-0123456789ab;\r\n"
        b"\tMon, 23 Nov 2026 10:00:05 +0000\r\n"
        b"X-Machiya-Delivery: 0193a5c0-7b1e-7c3a-9f00-0123456789ab\r\n"
    )


def test_header_prefix_writes_an_idn_domain_as_a_labels() -> None:
    assert b"for <info@xn--r8jz45g.jp>;" in prefix_for("info@例え.jp")


@pytest.mark.parametrize("recipient", ["taro@example.jp", '"a b;c>"@example.jp', "ünal@example.jp", "a" * 64 + "@b.jp"])
def test_header_prefix_is_whole_ascii_header_lines(recipient: str) -> None:
    prefix = prefix_for(recipient)
    assert prefix.isascii()
    assert prefix.endswith(b"\r\n")
    lines = prefix.split(b"\r\n")
    assert all(len(line) < 998 for line in lines)
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)


@given(st.binary(max_size=60))
def test_header_prefix_counts_as_one_hop_and_one_pass(rest: bytes) -> None:
    before, after = read_facts(rest), read_facts(prefix_for("taro@example.jp") + rest)
    # A first line that continues ours (white space first) can only ever hide fields, never add any.
    if not rest.startswith((b" ", b"\t")):
        assert (after.hops, after.passes) == (before.hops + 1, before.passes + 1)
