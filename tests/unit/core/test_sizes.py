"""Sizes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.core.errors import InvalidInput
from machiya.core.sizes import GIB, KIB, MIB, exact_size, format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("0", 0),
        ("1024", 1024),
        ("512 B", 512),
        ("25 MiB", 25 * MIB),
        ("25m", 25 * MIB),
        (" 1.5G ", 3 * GIB // 2),
        ("2tib", 2048 * GIB),
        ("0.1 KiB", 102),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_parse_size_reads_what_people_write(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    "text", ["", "MiB", "-1", "25 MB", "1.5.2 G", "1e9", "1,5 GiB", "25 MiB!", "２５ MiB", "9" * 400]
)
def test_parse_size_refuses_what_it_would_have_to_guess(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a size") as caught:
        parse_size(text)
    assert "MiB" in caught.value.hint


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (10, "10 B"),
        (1000, "1000 B"),
        (KIB, "1 KiB"),
        (1536, "1.5 KiB"),
        (100 * KIB, "100 KiB"),
        (MIB - 1, "1 MiB"),
        (25 * MIB, "25 MiB"),
        (5000 * GIB * KIB, "5000 TiB"),
    ],
)
def test_format_size_is_short_and_honest(size_bytes: int, text: str) -> None:
    assert format_size(size_bytes) == text


@given(st.integers(0, 2**62))
def test_format_size_reads_back_within_a_rounding(size_bytes: int) -> None:
    assert abs(parse_size(format_size(size_bytes)) - size_bytes) <= max(1, size_bytes * 0.05)


@given(st.integers(0, 10**18 - 1))
def test_parse_size_of_plain_bytes_is_exact(size_bytes: int) -> None:
    assert parse_size(str(size_bytes)) == size_bytes


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (50_000, "50000 B"),
        (1536, "1.5 KiB"),
        (1025 * MIB, "1025 MiB"),
        (2 * GIB, "2 GiB"),
        (MIB + KIB, "1025 KiB"),
        (MIB - 1, "1048575 B"),
    ],
)
def test_exact_size_is_as_short_as_it_may_be(size_bytes: int, text: str) -> None:
    assert exact_size(size_bytes) == text


@given(st.integers(0, 2**59))
def test_exact_size_reads_back_the_same(size_bytes: int) -> None:
    assert parse_size(exact_size(size_bytes)) == size_bytes
