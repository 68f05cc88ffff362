from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import mysql, sqlite

from machiya.adapters.sql.types import AddressText, BoundedText, DomainText, JsonText, UtcDateTime, storable
from machiya.core.addresses import DomainName, EmailAddress

DIALECTS: list[Dialect] = [sqlite.dialect(), mysql.dialect()]
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2900, 1, 1), timezones=OFFSETS)  # noqa: DTZ001 – hypothesis adds the zone


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@given(one=MOMENTS, other=MOMENTS)
def test_utc_date_time_keeps_moments_and_their_order(dialect: Dialect, one: datetime, other: datetime) -> None:
    bind, result = UtcDateTime().bind_processor(dialect), UtcDateTime().result_processor(dialect, None)
    assert result(bind(one)) == one
    assert result(bind(one)).tzinfo is UTC
    assert (bind(one) < bind(other)) == (one < other)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_utc_date_time_refuses_the_naive_and_keeps_none(dialect: Dialect) -> None:
    bind, result = UtcDateTime().bind_processor(dialect), UtcDateTime().result_processor(dialect, None)
    with pytest.raises(ValueError, match="offset"):
        bind(datetime(2026, 11, 23))  # noqa: DTZ001 – the naive is what is tested
    assert bind(None) is None
    assert result(None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("件名 🏯", "件名 🏯"),
        ("a\0b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("\udcff", "\ufffd"),
        ("", ""),
    ],
)
def test_storable_replaces_what_databases_refuse(text: str, expected: str) -> None:
    assert storable(text) == expected


@given(st.text(st.characters(categories=["L", "Cs", "Cc", "So"]), max_size=30), st.integers(1, 20))
def test_bounded_text_can_always_be_encoded_and_never_exceeds_its_length(text: str, length: int) -> None:
    bound = BoundedText(length).bind_processor(DIALECTS[0])(text)
    assert len(bound) <= length
    assert "\0" not in bound
    bound.encode()


def test_address_and_domain_come_back_as_values() -> None:
    for text in ("taro@home.test", '"a@b"@xn--r8jz45g.jp', "ünal+x@home.test"):
        address = EmailAddress.parse(text)
        kind = AddressText()
        assert kind.result_processor(DIALECTS[0], None)(kind.bind_processor(DIALECTS[0])(address)) == address
    domain = DomainName.parse("例え.jp")
    assert DomainText().bind_processor(DIALECTS[0])(domain) == "xn--r8jz45g.jp"
    assert DomainText().result_processor(DIALECTS[0], None)("xn--r8jz45g.jp") == domain


@pytest.mark.parametrize("value", [{}, {"a": [1, 2.5, None, True, "文\ud800\0"]}, [], "x"])
def test_json_text_is_ascii_and_comes_back(value: object) -> None:
    bound = JsonText().bind_processor(DIALECTS[0])(value)
    assert bound.isascii()
    assert "\0" not in bound
    assert JsonText().result_processor(DIALECTS[0], None)(bound) == value
