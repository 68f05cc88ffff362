"""Every route × method × person: who may, may; nobody else, and then nothing changes. Looking changes nothing."""

import pytest

from contract.usermgmt_walk.conftest import Walked
from contract.usermgmt_walk.expected import EXPECTED, FRESH, path_of
from contract.usermgmt_walk.people import Person
from fakes.caller import OWN_FORM

UNLISTED = {"HEAD", "OPTIONS"}
FOREIGN_FORMS = {
    "another site": {"Origin": "https://street.example", "Sec-Fetch-Site": "cross-site"},
    "another port": {"Origin": "https://machiya.home.test:8443", "Sec-Fetch-Site": "same-site"},
    "without encryption": {"Origin": "http://machiya.home.test"},
    "a sandbox": {"Origin": "null"},
    "another site of an old browser": {"Origin": "https://street.example"},
    "same origin, says only the site": {"Origin": "https://street.example", "Sec-Fetch-Site": "same-origin"},
    "typed by hand": {"Sec-Fetch-Site": "none"},
    "says nothing": {},
}


# Their sample names nothing: no second factor is on, and a session's id is not known beforehand.
OF_NOTHING = {"POST /account/recovery-codes", "POST /account/sessions/<which>/end"}
POSTS = [route for route in EXPECTED if route.startswith("POST ")]


def send(walked: Walked, person: Person, route: str) -> tuple[int, str]:
    """Status and where it leads; a form carries its token and nothing else."""
    method, caller = route.partition(" ")[0], walked.caller(person)
    data = {"csrf_token": caller.token()} if method == "POST" else None
    answer = caller.send(method, path_of(route, walked.held), data, OWN_FORM if method == "POST" else None)
    return answer.status_code, answer.location or ""


def senders(route: str) -> set[Person]:
    """Somebody with a session who may, and a stranger if strangers may."""
    return {min(EXPECTED[route]), *({Person.STRANGER} & EXPECTED[route])}


def test_every_route_is_in_the_table(walked: Walked) -> None:
    found = {f"{method} {rule}" for rule in walked.app.url_map.iter_rules() for method in rule.methods or ()}
    assert {route for route in found if route.split(" ")[0] not in UNLISTED} == set(EXPECTED)


@pytest.mark.parametrize("route", EXPECTED)
def test_those_who_may_are_let_in(walked: Walked, route: str) -> None:
    for person in sorted(EXPECTED[route]):
        status, where = send(walked, person, route)
        if route == "POST /login":
            continue  # who logs in without a name is refused in the same way: see test_sessions.py
        assert status in ({404} if route in OF_NOTHING else {200, 303, 400, 409}), (person, status)
        assert not where.startswith("/login") or route == "POST /logout", (person, where)
        walked.put_back()


@pytest.mark.parametrize("route", [route for route in EXPECTED if EXPECTED[route] != frozenset(Person)])
def test_nobody_else_is_and_nothing_changes(walked: Walked, route: str) -> None:
    before, method = walked.state(), route.partition(" ")[0]
    for person in sorted(set(Person) - EXPECTED[route]):
        status, where = send(walked, person, route)
        if person is not Person.STRANGER:
            assert status == 403, person
        elif method == "GET":
            assert (status, where.partition("?")[0]) == (303, "/login")
        else:
            assert status == 401
    assert walked.state() == before


@pytest.mark.parametrize("route", [route for route in EXPECTED if route.startswith("GET ")])
def test_looking_changes_nothing(walked: Walked, route: str) -> None:
    before = walked.state()
    for person in Person:
        caller, path = walked.caller(person), path_of(route, walked.held)
        for query in ("", "?page=2&q=you%40home.test&next=/", "?next=//street.example"):
            assert caller.get(path + query).status_code < 500
        assert caller.send("HEAD", path).status_code < 500
    assert walked.state() == before


@pytest.mark.parametrize("route", POSTS)
def test_a_form_from_elsewhere_changes_nothing(walked: Walked, route: str) -> None:
    before, path = walked.state(), path_of(route, walked.held)
    for person in senders(route):
        caller = walked.caller(person)
        token = caller.token()
        for way, headers in FOREIGN_FORMS.items():
            assert caller.post(path, {"csrf_token": token}, headers).status_code == 403, (person, way)
    assert walked.state() == before


@pytest.mark.parametrize("route", POSTS)
def test_a_form_without_the_token_of_this_session_changes_nothing(walked: Walked, route: str) -> None:
    before, path = walked.state(), path_of(route, walked.held)
    for person in senders(route):
        caller = walked.caller(person)
        token = caller.token()
        others = [walked.caller(other).token() for other in Person if other is not person]
        for wrong in ("", "x", token[:-1], "é" * 64, *others):
            assert caller.post(path, {"csrf_token": wrong}).status_code == 403, (person, wrong)
        assert caller.post(path, {}).status_code == 403
        assert caller.post(f"{path}?csrf_token={token}", {}).status_code == 403
        assert caller.post(path, {}, OWN_FORM | {"X-CSRF-Token": token}).status_code == 403
    assert walked.state() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_other_methods_do_nothing(walked: Walked, method: str) -> None:
    before, caller = walked.state(), walked.caller(Person.OWNER)
    token = caller.token()
    for route in EXPECTED:
        answer = caller.send(method, path_of(route, walked.held), {"csrf_token": token}, OWN_FORM)
        assert answer.status_code == 405, route
    assert walked.state() == before


@pytest.mark.parametrize("route", sorted(FRESH))
def test_dangerous_acts_ask_for_the_password_again(walked: Walked, route: str) -> None:
    before = walked.state()
    walked.clock.move(minutes=11)
    for person in sorted(EXPECTED[route]):
        status, where = send(walked, person, route)
        asked = (401, "") if route.startswith("POST ") else (303, "/confirm")
        assert (status, where.partition("?")[0]) == asked, person
    assert walked.state() == before
