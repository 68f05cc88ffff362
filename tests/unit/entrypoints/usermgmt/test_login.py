"""Logging in and out: a fresh session each time, cookies out of reach, nothing told to strangers."""

from http.cookies import SimpleCookie

import pytest
from werkzeug.test import TestResponse

from fakes.caller import Caller
from fakes.usermgmt_site import PASSWORD, YOU, Site

SESSION = "__Host-machiya-session"


def cookies(answer: TestResponse) -> SimpleCookie:
    jar = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        jar.load(line)
    return jar


def test_log_in_lets_an_administrator_and_an_owner_in(site: Site) -> None:
    assert "alias" in site.as_("olga").get("/").text.lower()
    assert "Room in your mailbox" in site.as_(YOU).get("/").text


def test_log_in_sets_a_cookie_that_no_script_and_no_other_site_gets(site: Site) -> None:
    cookie = cookies(site.caller().log_in("olga", PASSWORD))[SESSION]
    assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Strict")
    assert cookie["secure"]
    assert cookie["httponly"]


def test_log_in_over_plain_http_on_this_machine_uses_a_plain_name(site: Site) -> None:
    answer = site.app.test_client().get("/login", base_url="http://localhost")
    assert [(name, bool(cookie["secure"])) for name, cookie in cookies(answer).items()] == [("machiya-visitor", False)]


def test_log_in_starts_another_session_than_the_browser_brought(site: Site) -> None:
    caller = site.as_("vera")
    planted = caller.client.get_cookie(SESSION, domain="machiya.home.test")
    assert planted is not None
    token = caller.token()
    answer = caller.post("/login", {"csrf_token": token, "name": "olga", "password": PASSWORD})
    assert cookies(answer)[SESSION].value != planted.value
    thief = site.caller()
    thief.client.set_cookie(SESSION, planted.value, domain="machiya.home.test")
    assert thief.get("/").status_code == 303


def test_log_in_takes_no_session_that_it_did_not_give(site: Site) -> None:
    caller = site.caller()
    caller.client.set_cookie(SESSION, "fixed", domain="machiya.home.test")
    assert cookies(caller.log_in("olga", PASSWORD))[SESSION].value != "fixed"


@pytest.mark.parametrize("name", ["olga", "nobody", YOU, "nobody@home.test", "<b>@", "-"])
def test_log_in_says_the_same_whatever_was_wrong(site: Site, name: str) -> None:
    answer = site.caller().log_in(name, "not the password")
    assert answer.status_code == 401
    assert "name or password is wrong" in answer.text


def test_log_in_never_shows_a_password_again(site: Site) -> None:
    answer = site.caller().log_in("olga", "my secret that is wrong", code="123 456")
    assert 'value="olga"' in answer.text
    assert "my secret" not in answer.text
    assert "123 456" not in answer.text


def test_log_in_makes_who_guesses_wait(site: Site) -> None:
    caller = site.caller()
    statuses = [caller.log_in("olga", f"guess number {number}").status_code for number in range(12)]
    assert statuses[-1] == 429
    assert caller.log_in("olga", PASSWORD).status_code == 429


FOREIGN = ["//street.example", "https://street.example/", "/\\street.example", "javascript:alert(1)", "street", ""]


@pytest.mark.parametrize("target", FOREIGN)
def test_log_in_leads_to_no_other_site(site: Site, target: str) -> None:
    caller = site.caller()
    token = caller.token()
    answer = caller.post("/login", {"csrf_token": token, "name": "olga", "password": PASSWORD, "next": target})
    assert (answer.status_code, answer.location) == (303, "/")


def test_log_in_leads_to_where_one_wanted_to_go(site: Site) -> None:
    caller = site.caller()
    wanted = caller.get("/mailboxes/?page=2").location
    assert wanted == "/login?next=/mailboxes/?page%3D2"
    assert caller.fill(wanted, "/login", name="olga", password=PASSWORD).location == "/mailboxes/?page=2"


def test_log_out_ends_the_session(olga: Caller) -> None:
    cookie = olga.client.get_cookie(SESSION, domain="machiya.home.test")
    assert cookie is not None
    assert olga.post("/logout", {"csrf_token": olga.token()}).location == "/login"
    olga.client.set_cookie(SESSION, cookie.value, domain="machiya.home.test")
    assert olga.get("/").status_code == 303


@pytest.mark.parametrize("path", ["/login", "/", "/nothing", "/domains/", "/my/vacation/"])
def test_answers_tell_browsers_what_not_to_do(olga: Caller, path: str) -> None:
    headers = olga.get(path).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("language", "title"), [("ja", "ログイン"), ("en", "Log in"), ("de", "Log in"), ("fr,ja;q=0.5", "ログイン")]
)
def test_pages_speak_the_language_of_the_browser(site: Site, language: str, title: str) -> None:
    assert f"<h1>{title}</h1>" in site.caller(language).get("/login").text


def test_pages_speak_the_language_that_was_chosen(site: Site) -> None:
    caller = site.caller("en")
    answer = caller.fill("/login", "/language", language="ja", next="/login?next=/audit/")
    assert answer.location == "/login?next=/audit/"
    assert '<html lang="ja">' in caller.get("/login").text
    assert caller.fill("/login", "/language", language="xx").status_code == 400
