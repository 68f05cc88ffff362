"""Times on the wire: RFC 3339, UTC, milliseconds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.core.clock import SystemClock, from_wire, to_wire

moments = st.datetimes(timezones=st.just(UTC))


def test_to_wire_writes_utc_with_milliseconds() -> None:
    tokyo = datetime(2026, 11, 23, 19, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    assert to_wire(tokyo) == "2026-11-23T10:00:00.123Z"


def test_to_wire_keeps_the_milliseconds_of_a_whole_second() -> None:
    assert to_wire(datetime(2026, 11, 23, tzinfo=UTC)) == "2026-11-23T00:00:00.000Z"


@given(moments)
def test_from_wire_reads_what_to_wire_wrote(moment: datetime) -> None:
    assert from_wire(to_wire(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_from_wire_turns_offsets_into_utc() -> None:
    read = from_wire("2026-11-23T19:00:00+09:00")
    assert read == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["2026-11-23T10:00:00", "2026-11-23", "yesterday", "", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:59"]
)
def test_from_wire_refuses_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_wire(text)


@given(st.text())
def test_from_wire_raises_nothing_but_value_errors(text: str) -> None:
    try:
        read = from_wire(text)
    except ValueError:
        return
    assert read.tzinfo is UTC


def test_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta()
