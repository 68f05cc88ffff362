"""What means no good, in every field of every form, in every query and path: never a 500, never repeated unescaped."""

from urllib.parse import quote_from_bytes, urlencode, urljoin, urlsplit

import pytest
from werkzeug.test import TestResponse

from contract.usermgmt_walk.conftest import Walked
from contract.usermgmt_walk.expected import EXPECTED, path_of
from contract.usermgmt_walk.people import Person
from corpus.fields import ATTRIBUTE, COMPUTED, FIELDS, HEADER, TAG
from fakes.caller import HOST, ORIGIN, OWN_FORM, Caller
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
# Fields that must say the same.
TWINS = {"new": "again", "password": "again"}
# A refused log-in is counted and written down; nothing else is.
WRITTEN_DOWN = {"audit_log", "audit_head", "access_attempts"}
# Attributes that hold an address.
LEADING = ("href", "src", "action", "formaction")
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


def fields_of(forms: list[Form]) -> list[tuple[Form, str]]:
    """Every form with each of its fields, hidden ones too; of rows that are alike, the first."""
    named = [(form, item.name) for form in forms for item in form.fields if item.name != "csrf_token"]
    return [(form, name) for form, name in named if name.rstrip("23456789") == name]


def sent(form: Form, name: str, value: bytes) -> bytes:
    """The body of the form with one field filled in badly and the others well."""
    fields = {item.name: item.value or PLAUSIBLE.get(item.name, "") for item in form.fields if item.sent}
    bad = dict.fromkeys((name, TWINS.get(name, name)), value)
    return urlencode([*((key, text) for key, text in fields.items() if key not in bad), *bad.items()]).encode()


def check(answer: TestResponse, where: object) -> None:
    """Nothing of what was sent became markup, a header or the result of a sum."""
    assert answer.status_code < 500, where
    assert HEADER not in answer.headers, where
    assert not [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("zq")], where
    assert urlsplit(urljoin(ORIGIN, answer.location or "")).netloc == HOST, where
    page = read_page(answer.text)
    for tag, attributes in page.elements:
        assert tag not in {TAG, "script"}, where
        assert ATTRIBUTE not in attributes, where
        assert not any(attributes.get(name, "").lower().startswith("javascript:") for name in LEADING), where
    assert COMPUTED not in answer.text, where


def changed(before: State, after: State) -> set[str]:
    """The tables and files that differ, but for what is written down of a refusal."""
    return {name for name in before | after if before.get(name) != after.get(name)} - WRITTEN_DOWN


@pytest.mark.parametrize("route", PAGES)
def test_every_field_of_every_form(walked: Walked, route: str) -> None:
    path, before, caller = path_of(route, walked.held), walked.state(), walked.caller(person_for(route))
    for form, name in fields_of(forms_of(caller, path)):
        for kind, value in FIELDS.items():
            where, body = (form.action or path, name, kind), sent(form, name, value)
            get = form.method == "GET"
            answer = caller.get(f"{where[0]}?{body.decode()}") if get else caller.post(where[0], body)
            check(answer, where)
            after = walked.state()
            if answer.status_code >= 400 or get:
                assert changed(before, after) == set(), where
            if after != before:
                walked.put_back()
                caller = walked.caller(person_for(route))
                forms_of(caller, path)  # a stranger's browser is given the cookie that the token belongs to


@pytest.mark.parametrize("route", PAGES)
def test_queries_and_paths(walked: Walked, route: str) -> None:
    path, before, caller = path_of(route, walked.held), walked.state(), walked.caller(person_for(route))
    for kind, value in FIELDS.items():
        text = quote_from_bytes(value, safe="") if len(value) < 5000 else "a" * 5000
        bad = [route.partition(" ")[2].replace(part, text) for part in variables(route)]
        for asked in (f"{path}?next={text}&page={text}&q={text}&domain={text}&{text}", f"{path}{text}", *bad):
            check(caller.get(asked), (asked[:100], kind))
    assert walked.state() == before


def variables(route: str) -> list[str]:
    """The variables in a rule."""
    return [f"<{piece.partition('>')[0]}>" for piece in route.split("<")[1:]]


@pytest.mark.parametrize("name", ["targets", "x", "confirm_back", "confirm_password", "confirm_code", None])
def test_what_is_kept_while_the_password_is_asked_for(walked: Walked, name: str | None) -> None:
    """Values, and where ``name`` is None names too, of a form sent too late; there and back again with a password."""
    before, caller = walked.state(), walked.caller(Person.MAILBOX)
    token = caller.token()
    walked.clock.move(minutes=11)
    for kind, value in FIELDS.items():
        key: str | bytes = value if name is None else name
        body = urlencode([("csrf_token", token), (key, value)]).encode()
        answer = caller.post("/my/forwarding/", body)
        check(answer, kind)
        assert answer.status_code in {400, 401, 413}, kind
        if answer.status_code == 401:
            form = read_page(answer.text).form("/my/forwarding/")
            again = urlencode(form.values(confirm_password="not the password")).encode()
            check(caller.post("/my/forwarding/", again), kind)
        assert changed(before, walked.state()) == set(), kind
        walked.put_back()


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
