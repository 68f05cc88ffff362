"""Delivery ids: their form, their order, the moment inside."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.core.errors import InvalidInput
from machiya.core.identifiers import derived_delivery_id, moment_of, new_delivery_id, parse_delivery_id

moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 – the strategy's shape
GOOD = "0193a5c0-7b1e-7c3a-9f00-0123456789ab"


@given(moments)
def test_moment_of_a_new_id_is_its_moment_to_the_millisecond(moment: datetime) -> None:
    millisecond = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert moment_of(new_delivery_id(moment)) == millisecond


@given(moments)
def test_new_delivery_id_is_a_version_7_uuid(moment: datetime) -> None:
    made = new_delivery_id(moment)
    assert parse_delivery_id(made) == made
    assert uuid.UUID(made).version == 7
    assert uuid.UUID(made).variant == uuid.RFC_4122


@given(moments, st.timedeltas(timedelta(milliseconds=1), timedelta(days=400)))
def test_new_delivery_id_sorts_by_time(moment: datetime, later: timedelta) -> None:
    if moment + later < datetime(9999, 12, 31, tzinfo=UTC):
        assert new_delivery_id(moment) < new_delivery_id(moment + later)


def test_new_delivery_id_differs_within_a_millisecond() -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    assert len({new_delivery_id(moment) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD.upper(), id="upper case"),
        pytest.param(GOOD.replace("-7c", "-4c"), id="version 4"),
        pytest.param(GOOD.replace("-9f", "-cf"), id="another variant"),
        pytest.param(GOOD.replace("-", ""), id="no hyphens"),
        pytest.param("{" + GOOD + "}", id="braces"),
        pytest.param(GOOD + "\n", id="line feed"),
        pytest.param(" " + GOOD, id="space"),
        pytest.param("../" + GOOD, id="path"),
        pytest.param(GOOD.replace("0", "０", 1), id="full-width digit"),
        pytest.param("", id="empty"),
    ],
)
def test_parse_delivery_id_refuses_every_other_form(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a delivery id") as caught:
        parse_delivery_id(text)
    assert caught.value.hint


def test_parse_delivery_id_refuses_a_moment_no_calendar_has() -> None:
    with pytest.raises(InvalidInput, match="not a delivery id"):
        parse_delivery_id("ffffffff-ffff-7fff-bfff-ffffffffffff")


@given(moments, st.binary(max_size=40))
def test_derived_delivery_id_is_the_same_for_the_same_seed(moment: datetime, seed: bytes) -> None:
    made = derived_delivery_id(moment, seed)
    assert parse_delivery_id(made) == made == derived_delivery_id(moment, seed)
    assert made != derived_delivery_id(moment, seed + b"x")
    assert moment_of(made) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
