"""A plan's checksum sees what a reader sees; a destructive plan wants force."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.core.errors import PlanChanged, UnsafePlan
from machiya.core.plan import Action, Change, Plan

CHANGE = Change(Action.UPDATE, "dns.record", "example.jp MX", "mail comes here", before={"ttl": 60}, after={"ttl": 300})
OTHER = Change(Action.CREATE, "dns.record", "example.jp TXT", "SPF", after=["v=spf1 -all"])
PLAN = Plan("dns example.jp", (CHANGE, OTHER), existing=10)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def deletions(count: int, existing: int) -> Plan:
    changes = tuple(Change(Action.DELETE, "dns.record", f"r{number}", "not wanted") for number in range(count))
    return Plan("dns example.jp", changes, existing)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(replace(PLAN, target="dns example.com"), id="target"),
        pytest.param(replace(PLAN, changes=(OTHER, CHANGE)), id="order"),
        pytest.param(replace(PLAN, changes=(CHANGE,)), id="one less"),
        pytest.param(replace(PLAN, changes=(CHANGE, CHANGE, OTHER)), id="one twice"),
        pytest.param(replace(PLAN, changes=(replace(CHANGE, action=Action.DELETE), OTHER)), id="action"),
        pytest.param(replace(PLAN, changes=(replace(CHANGE, kind="dns.zone"), OTHER)), id="kind"),
        pytest.param(replace(PLAN, changes=(replace(CHANGE, key="example.jp A"), OTHER)), id="key"),
        pytest.param(replace(PLAN, changes=(replace(CHANGE, reason="because"), OTHER)), id="reason"),
        pytest.param(replace(PLAN, changes=(replace(CHANGE, before={"ttl": 61}), OTHER)), id="before"),
        pytest.param(replace(PLAN, changes=(replace(CHANGE, after={"ttl": "300"}), OTHER)), id="type of a value"),
        pytest.param(replace(PLAN, changes=(replace(CHANGE, after=None), OTHER)), id="after"),
    ],
)
def test_checksum_changes_with_everything_a_reader_sees(changed: Plan) -> None:
    assert changed.checksum != PLAN.checksum


@given(st.dictionaries(st.text(max_size=4), json_values, min_size=2, max_size=6))
def test_checksum_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    turned = dict(reversed(value.items()))
    assert Plan("t", (replace(CHANGE, after=value),)).checksum == Plan("t", (replace(CHANGE, after=turned),)).checksum


@given(json_values, json_values)
def test_checksum_is_the_same_only_for_the_same_values(one: Any, other: Any) -> None:
    same = Plan("t", (replace(CHANGE, after=one),)).checksum == Plan("t", (replace(CHANGE, after=other),)).checksum
    assert same == (repr_sorted(one) == repr_sorted(other))


def repr_sorted(value: Any) -> Any:
    """Equality that tells True from 1 and does not care for the order of keys."""
    if isinstance(value, dict):
        return sorted((key, repr_sorted(inner)) for key, inner in value.items()).__repr__()
    return [repr_sorted(inner) for inner in value] if isinstance(value, list) else repr(value)


def test_checksum_takes_any_text() -> None:
    assert len(Plan("t", (replace(CHANGE, reason="\ud800 例え"),)).checksum) == 64


def test_empty_says_whether_anything_would_change() -> None:
    assert Plan("t").empty
    assert not PLAN.empty


def test_require_checksum_accepts_the_plan_that_was_read() -> None:
    PLAN.require_checksum(replace(PLAN).checksum)


def test_require_checksum_refuses_another_plan() -> None:
    with pytest.raises(PlanChanged, match=r"dns example\.jp") as caught:
        PLAN.require_checksum(replace(PLAN, changes=()).checksum)
    assert caught.value.hint == "Plan again and look."


@pytest.mark.parametrize(
    ("count", "existing", "safe"),
    [
        pytest.param(4, 4, True, id="four of four: a small thing may be cleared"),
        pytest.param(5, 5, False, id="five of five"),
        pytest.param(4, 0, True, id="four of what nobody counted"),
        pytest.param(30, 100, True, id="exactly 30 %"),
        pytest.param(31, 100, False, id="just over 30 %"),
        pytest.param(0, 100, True, id="nothing"),
    ],
)
def test_require_safe_refuses_more_than_four_and_30_percent(count: int, existing: int, safe: bool) -> None:  # noqa: FBT001 – a column of the table
    plan = deletions(count, existing)
    if safe:
        plan.require_safe()
        return
    with pytest.raises(UnsafePlan, match=f"{count} of {existing}") as caught:
        plan.require_safe()
    assert "--force" in caught.value.hint


def test_require_safe_lets_force_through() -> None:
    deletions(100, 100).require_safe(force=True)


def test_require_safe_counts_updates_but_not_creations() -> None:
    creations = tuple(replace(OTHER, key=str(number)) for number in range(50))
    Plan("t", creations, existing=1).require_safe()
    with pytest.raises(UnsafePlan, match="changes or deletes 5 of 10"):
        Plan("t", (CHANGE,) * 5, existing=10).require_safe()
