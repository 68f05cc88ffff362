"""What means no good, in every field of every form, in every query and path: never a 500, never repeated unescaped."""

from collections.abc import Iterator
from urllib.parse import quote_from_bytes, urlencode

import pytest
from werkzeug.test import TestResponse

from contract.usermgmt_walk.conftest import Walked
from contract.usermgmt_walk.expected import EXPECTED
from contract.usermgmt_walk.people import Person
from contract.usermgmt_walk.test_walk import path_of
from corpus.fields import ATTRIBUTE, COMPUTED, FIELDS, HEADER, TAG
from fakes.caller import OWN_FORM, Caller
from fakes.furnished_house import PASSWORD
from fakes.house_state import State
from fakes.html_page import Form, read_page

# What the other fields of the form are filled with, so that the one in question gets as far as it can.
PLAUSIBLE = {
    "name": "new",
    "address": "new@home.test",
    "targets": "you@home.test",
    "catch_all": "you@home.test",
    "quota": "1 GiB",
    "password": PASSWORD,
    "old": PASSWORD,
    "new": "another horse battery",
    "again": "another horse battery",
}
# A refused log-in is counted and written down; nothing else is.
WRITTEN_DOWN = {"audit_log", "audit_head", "access_attempts"}
WHO = {"GET /login": Person.STRANGER}
PAGES = sorted(route for route in EXPECTED if route.startswith("GET "))


def person_for(route: str) -> Person:
    """Somebody who may open the page and use what is on it."""
    if route in WHO:
        return WHO[route]
    return Person.OWNER if Person.OWNER in EXPECTED[route] else Person.MAILBOX


def forms_of(caller: Caller, path: str) -> list[Form]:
    """The forms of a page, without those that every page has."""
    answer = caller.get(path)
    return [form for form in read_page(answer.text).forms if form.action not in {"/logout", "/language"}]


def sent(form: Form, name: str, value: bytes) -> bytes:
    """The body of the form with one field filled in badly and the others well."""
    fields = {item.name: item.value or PLAUSIBLE.get(item.name, "") for item in form.fields if item.sent}
    return urlencode([*((key, text) for key, text in fields.items() if key != name), (name, value)]).encode()


def check(answer: TestResponse, where: object) -> None:
    """Nothing of what was sent became markup, a header or the result of a sum."""
    assert answer.status_code < 500, where
    assert HEADER not in answer.headers, where
    assert not [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("zq")], where
    assert not (answer.location or "").startswith(("//", "http", "javascript")), where
    page = read_page(answer.text)
    for tag, attributes in page.elements:
        assert tag not in {TAG, "script"}, where
        assert ATTRIBUTE not in attributes, where
        assert not any(value.lower().startswith("javascript:") for value in attributes.values()), where
    assert COMPUTED not in answer.text, where


def changed(before: State, after: State) -> set[str]:
    """The tables and files that differ, but for what is written down of a refusal."""
    return {name for name in before | after if before.get(name) != after.get(name)} - WRITTEN_DOWN


@pytest.mark.parametrize("route", PAGES)
def test_every_field_of_every_form(walked: Walked, route: str) -> None:
    person, path, before = person_for(route), path_of(route, walked), walked.state()
    for form, name in each_field(walked.caller(person), path):
        for kind, value in FIELDS.items():
            caller = walked.caller(person)
            caller.token()
            form_now = form if form.method == "GET" else with_token(form, caller)
            where = (form.action or path, name, kind)
            if form.method == "GET":
                answer = caller.get(f"{form.action or path}?{sent(form_now, name, value).decode()}")
            else:
                answer = caller.post(form.action or path, sent(form_now, name, value), OWN_FORM)
            check(answer, where)
            after = walked.state()
            if answer.status_code >= 400 or form.method == "GET":
                assert changed(before, after) == set(), where
            if after != before:
                walked.put_back()


def each_field(caller: Caller, path: str) -> Iterator[tuple[Form, str]]:
    """Every form of the page with every field of it that somebody could fill in, hidden ones too."""
    for form in forms_of(caller, path):
        names = dict.fromkeys(item.name for item in form.fields if item.name != "csrf_token")
        yield from ((form, name) for name in names)


def with_token(form: Form, caller: Caller) -> Form:
    """The form as this caller's browser would have it."""
    token = caller.token()
    fields = tuple(
        type(item)(item.name, item.kind, token if item.name == "csrf_token" else item.value, item.sent)
        for item in form.fields
    )
    return Form(form.action, form.method, fields)


@pytest.mark.parametrize("route", PAGES)
def test_queries_and_paths(walked: Walked, route: str) -> None:
    person, path, before = person_for(route), path_of(route, walked), walked.state()
    caller = walked.caller(person)
    for kind, value in FIELDS.items():
        text = quote_from_bytes(value, safe="") if len(value) < 5000 else "a" * 5000
        for asked in (f"{path}?next={text}", f"{path}?page={text}&q={text}&domain={text}&{text}", f"{path}{text}"):
            check(caller.get(asked), (asked[:100], kind))
        for part in variables(route):
            bad = route.partition(" ")[2].replace(part, text)
            check(caller.get(bad), (bad[:100], kind))
    assert walked.state() == before


def variables(route: str) -> list[str]:
    """The variables in a rule."""
    return [f"<{piece.partition('>')[0]}>" for piece in route.split("<")[1:]]


def test_too_many_fields_and_too_long_a_form_are_refused(walked: Walked) -> None:
    caller = walked.caller(Person.OWNER)
    token = caller.token()
    many = urlencode([("csrf_token", token), *((f"f{number}", "x") for number in range(20_000))]).encode()
    for body in (many, f"csrf_token={token}&name=".encode() + b"a" * 10_000_000, b"&" * 50_000, b"=" * 50_000):
        assert 400 <= caller.post("/domains/add", body).status_code < 500


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", "application/xml", ""])
def test_forms_of_other_kinds_are_refused(walked: Walked, kind: str) -> None:
    caller, before = walked.caller(Person.OWNER), walked.state()
    body = f"csrf_token={caller.token()}&name=new.test".encode()
    answer = caller.client.post(
        "/domains/add", data=body, content_type=kind, headers=OWN_FORM, base_url="https://machiya.home.test"
    )
    assert 400 <= answer.status_code < 500
    assert walked.state() == before
