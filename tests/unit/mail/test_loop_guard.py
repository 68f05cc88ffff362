"""When a message counts as going round in circles."""

import pytest

from machiya.mail.headers import HeaderFacts
from machiya.mail.loop_guard import MAX_PASSES, loop_reason


@pytest.mark.parametrize("hops", [0, 1, 49, 50])
def test_loop_reason_lets_long_ways_pass(hops: int) -> None:
    assert loop_reason(HeaderFacts(hops=hops), max_hops=50) == ""


def test_loop_reason_counts_hops() -> None:
    assert loop_reason(HeaderFacts(hops=51), max_hops=50) == "51 Received fields, more than 50"


@pytest.mark.parametrize("passes", range(MAX_PASSES))
def test_loop_reason_lets_a_forwarded_message_come_back_a_few_times(passes: int) -> None:
    assert loop_reason(HeaderFacts(passes=passes), max_hops=50) == ""


def test_loop_reason_counts_passes_through_this_house() -> None:
    assert "5 times" in loop_reason(HeaderFacts(passes=MAX_PASSES), max_hops=50)
