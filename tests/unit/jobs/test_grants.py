from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.jobs import JobRoom
from fakes.moving_clock import START
from machiya.core.progress import Progress
from machiya.jobs import kinds
from machiya.jobs.grants import GRANT_LIFE, NO_GRANTS, GrantRefused, Grants
from machiya.jobs.model import JobKind, Order, RunState

GRANTS = Grants(b"k" * 32)
ORDER = Order("backup.daily", "administrator:alice", {"domain": "home.test"})


def granted(order: Order = ORDER, grants: Grants = GRANTS) -> Order:
    return replace(order, grant=grants.make(order, "administrator:alice", "nonce1", START))


def test_require_tells_who_granted() -> None:
    assert GRANTS.require(granted(), START) == "administrator:alice"
    assert GRANTS.require(granted(), START + GRANT_LIFE - timedelta(seconds=1)) == "administrator:alice"


@pytest.mark.parametrize("later", [GRANT_LIFE + timedelta(seconds=1), -timedelta(minutes=1), timedelta(days=1)])
def test_require_refuses_a_grant_that_is_old_or_from_the_future(later: timedelta) -> None:
    with pytest.raises(GrantRefused, match="too old"):
        GRANTS.require(granted(), START + later)


@pytest.mark.parametrize(
    "changes", [{"kind": "backup.weekly"}, {"parameters": {"domain": "other.test"}}, {"parameters": {}}]
)
def test_require_refuses_a_grant_for_something_else(changes: dict[str, object]) -> None:
    with pytest.raises(GrantRefused, match="something else"):
        GRANTS.require(replace(granted(), **changes), START)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", range(4))
def test_require_refuses_a_grant_with_a_changed_field(field: int) -> None:
    parts = granted().grant.split(".")
    parts[field] = "20991231T000000Z" if field == 2 else "ab"
    with pytest.raises(GrantRefused):
        GRANTS.require(replace(ORDER, grant=".".join(parts)), START)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.b.c.d.e", "....", "あ.い.う.え"])
def test_require_refuses_what_is_no_grant(text: str) -> None:
    with pytest.raises(GrantRefused):
        GRANTS.require(replace(ORDER, grant=text), START)


def test_require_refuses_a_grant_of_another_key() -> None:
    with pytest.raises(GrantRefused):
        GRANTS.require(granted(grants=Grants(b"x" * 32)), START)


@pytest.mark.parametrize("grants", [NO_GRANTS, Grants(b"short")])
def test_without_a_key_nothing_is_granted(grants: Grants) -> None:
    with pytest.raises(GrantRefused, match="gives no grants"):
        grants.make(ORDER, "administrator:alice", "n", START)
    with pytest.raises(GrantRefused, match="gives no grants"):
        grants.require(granted(), START)


@pytest.fixture
def destroying(monkeypatch: pytest.MonkeyPatch) -> JobKind:
    """A kind that destroys, for as long as there is none."""
    facts = {**kinds.KINDS, JobKind.BACKUP_DAILY: replace(kinds.KINDS[JobKind.BACKUP_DAILY], destructive=True)}
    monkeypatch.setattr("machiya.jobs.running.KINDS", facts)
    return JobKind.BACKUP_DAILY


@pytest.mark.parametrize("grants", [NO_GRANTS, GRANTS])
def test_agent_refuses_a_kind_that_destroys_without_a_grant(destroying: JobKind, grants: Grants) -> None:
    done: list[str] = []

    def destroy(_: Mapping[str, str], __: Progress) -> str:
        done.append("destroyed")
        return ""

    room = JobRoom({destroying: destroy}, grants=grants)
    ended = room.run(destroying)
    assert ended.state is RunState.FAILED
    assert "the job was refused" in ended.reason
    assert done == []


def test_agent_runs_a_kind_that_destroys_with_a_grant_once(destroying: JobKind) -> None:
    room = JobRoom({destroying: lambda _, __: "destroyed"}, grants=GRANTS)
    grant = GRANTS.make(Order(destroying, "cli:taro"), "administrator:alice", "n", room.clock.now())
    assert room.run(destroying, grant=grant).state is RunState.SUCCEEDED
    with pytest.raises(Exception, match="used before"):
        room.ask(destroying, grant=grant)
