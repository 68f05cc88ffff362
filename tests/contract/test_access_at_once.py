"""Many who try the same thing at the same moment, in the two real databases."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from contract.audit_steps import in_threads, verified
from contract.conftest import DATABASES
from fakes.access import ALICE
from fakes.access_room import PASSWORD, Place
from machiya.access.administrators import LastOwner
from machiya.access.model import Role
from machiya.access.throttle import ACCOUNT
from machiya.adapters.sql.access.unit_of_work import SqlAccessUnitOfWork
from machiya.core.errors import MachiyaError


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, empty_database: Callable[[str], Engine]) -> Engine:
    return empty_database(request.param)


@pytest.fixture
def place(engine: Engine) -> Place:
    def open_work(*, read_only: bool = False) -> Any:
        return SqlAccessUnitOfWork(engine, read_only=read_only)

    made = Place(database=open_work)  # type: ignore[arg-type]  # what Place asks of it, this does, too
    made.add("alice", Role.OWNER)
    return made


def at_once(count: int, act: Callable[[], object]) -> list[object]:
    """What each came to: a result, or the error's type."""
    results: list[object] = []

    def one() -> None:
        try:
            results.append(act())
        except MachiyaError as error:
            results.append(type(error))

    in_threads(*[one] * count)
    return results


def test_no_more_passwords_are_looked_at_than_one_after_another(place: Place, engine: Engine) -> None:
    at_once(20, lambda: place.log_in(password="wrong"))
    assert len(place.hasher.verified) == ACCOUNT.failures
    assert verified(engine).intact


def test_a_code_lets_one_in(place: Place) -> None:
    place.turn_on()
    place.clock.move(seconds=30)
    code = place.code()
    results = at_once(4, lambda: place.log_in(code=code))
    assert sum(not isinstance(one, type) for one in results) == 1
    assert len(place.access.sessions.list(ALICE)) == 1


def test_a_recovery_code_lets_one_in(place: Place) -> None:
    code = place.turn_on()[0]
    results = at_once(4, lambda: place.log_in(code=code))
    assert sum(not isinstance(one, type) for one in results) == 1


def test_an_invitation_is_taken_by_one(place: Place) -> None:
    invited = place.access.administrators.invite("bob", Role.VIEWER, by="cli:root")
    results = at_once(4, lambda: place.access.administrators.accept(invited.token, PASSWORD))
    assert sum(not isinstance(one, type) for one in results) == 1


def test_two_owners_cannot_remove_one_another(place: Place) -> None:
    place.add("bob", Role.OWNER)
    names = iter(["alice", "bob"])
    results = at_once(2, lambda: place.access.administrators.disable(next(names), by="cli:root"))
    assert results.count(LastOwner) == 1
    assert [one.enabled for one in place.access.administrators.list()].count(True) == 1
