import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.moving_clock import START
from machiya.core.identifiers import DeliveryId
from machiya.core.recipients import address_hash
from machiya.mail.edge_rules import (
    EdgeAction,
    RecipientDecision,
    TableState,
    action_for,
    backoff_seconds,
    cursor_passes,
    decide_recipient,
    hold_expired,
    offer_order,
)

BEHAVIOURS = json.loads((Path(__file__).parents[2] / "vectors" / "edge-behaviours.json").read_text())
FRESH = TableState(complete=True, confirmed_at=START)
TABLES = {
    "missing": TableState(complete=False, confirmed_at=None),
    "stale": TableState(complete=True, confirmed_at=START - timedelta(hours=24, seconds=1)),
    "incomplete": TableState(complete=False, confirmed_at=START),
}


def failing(_name: str) -> str | None:
    raise OSError("the table cannot be read")


@pytest.mark.parametrize("case", BEHAVIOURS["recipients"]["cases"], ids=lambda case: case["name"])
def test_decide_recipient_follows_the_shared_table(case: dict[str, Any]) -> None:
    lookup = failing if case.get("table") == "failing" else BEHAVIOURS["recipients"]["entries"].get
    decision = decide_recipient(case["to"], lookup, TABLES.get(case.get("table", ""), FRESH), START)
    assert (decision is RecipientDecision.ACCEPT) is case["accept"]


def test_decide_recipient_tells_disabled_from_unknown() -> None:
    entries = {"hanako@example.jp": "x"}
    assert decide_recipient("hanako@example.jp", entries.get, FRESH, START) is RecipientDecision.DISABLED
    assert decide_recipient("taro@example.jp", entries.get, FRESH, START) is RecipientDecision.UNKNOWN


def test_decide_recipient_prefers_the_tagged_entry_to_the_bare_one() -> None:
    entries = {"taro+old@example.jp": "x", "taro@example.jp": "a"}
    assert decide_recipient("taro+old@example.jp", entries.get, FRESH, START) is RecipientDecision.DISABLED
    assert decide_recipient("taro+new@example.jp", entries.get, FRESH, START) is RecipientDecision.ACCEPT


def test_table_is_usable_for_exactly_a_day() -> None:
    table = TableState(complete=True, confirmed_at=START)
    assert table.usable(START + timedelta(hours=24))
    assert not table.usable(START + timedelta(hours=24, microseconds=1))


def test_address_hash_is_the_protocols() -> None:
    # printf 'taro@example.jp' | openssl dgst -sha256 -hmac test-recipient-key, first 32 characters
    assert address_hash("test-recipient-key", "taro@example.jp") == "eca935c3c8996bf79a222cc288b3b811"


@pytest.mark.parametrize(
    ("statuses", "action"),
    [
        ((200, 201), EdgeAction.DELETE),
        ((409, 429), EdgeAction.LEAVE),
        ((413, 422), EdgeAction.BURY),
        ((401, 403), EdgeAction.UNAUTHORIZED),
        ((408, 500, 502, 503, 504, 599, None), EdgeAction.HOUSE_ILL),
        ((202, 204, 206, 301, 302, 400, 404, 405, 410, 411, 418, 600), EdgeAction.UNEXPECTED),
    ],
)
def test_action_for_follows_the_protocols_table(statuses: tuple[int | None, ...], action: EdgeAction) -> None:
    assert {action_for(status, proven=True) for status in statuses} == {action}
    unproven = EdgeAction.UNPROVEN if action is EdgeAction.DELETE else action
    assert {action_for(status, proven=False) for status in statuses} == {unproven}


def test_only_an_ill_or_disbelieving_house_stops_the_run() -> None:
    assert {action for action in EdgeAction if action.stops_run} == {EdgeAction.HOUSE_ILL, EdgeAction.UNAUTHORIZED}


def test_backoff_doubles_to_the_cap() -> None:
    rests = [backoff_seconds(runs, first_seconds=60, cap_seconds=900) for runs in range(1, 8)]
    assert rests == [60, 120, 240, 480, 900, 900, 900]
    assert backoff_seconds(10_000, first_seconds=1, cap_seconds=5) == 5


def test_cursor_passes_an_ill_houses_message_every_fifth_run_and_any_other_at_once() -> None:
    ill = [runs for runs in range(1, 16) if cursor_passes(EdgeAction.HOUSE_ILL, runs)]
    assert ill == [5, 10, 15]
    assert cursor_passes(EdgeAction.UNAUTHORIZED, 0)


def ids(text: str) -> tuple[DeliveryId, ...]:
    return tuple(DeliveryId(letter) for letter in text)


def test_offer_order_starts_after_the_cursor_and_wraps_round() -> None:
    held = ids("abcde")
    assert offer_order(held, "", 3) == ids("abc")
    assert offer_order(held, "c", 3) == ids("dea")
    assert offer_order(held, "e", 9) == held


def test_offer_order_goes_on_when_the_cursors_message_is_gone() -> None:
    assert offer_order(ids("ace"), "b", 2) == ids("ce")


@given(held=st.sets(st.sampled_from("abcdefgh")), cursor=st.sampled_from(["", *"abcdefgh"]), batch=st.integers(1, 10))
def test_offer_order_offers_each_once_and_skips_nobody(held: set[str], cursor: str, batch: int) -> None:
    order = offer_order(tuple(DeliveryId(name) for name in sorted(held)), cursor, batch)
    assert len(set(order)) == len(order) == min(batch, len(held))
    seen, position = set(), cursor
    for _ in range(len(held) + 1):
        run = offer_order(tuple(DeliveryId(name) for name in sorted(held)), position, batch)
        seen |= set(run)
        position = run[-1] if run else position
    assert seen == held


def test_hold_expired_only_after_the_last_day_is_over() -> None:
    assert not hold_expired(START, START + timedelta(days=14), 14)
    assert hold_expired(START, START + timedelta(days=14, seconds=1), 14)
