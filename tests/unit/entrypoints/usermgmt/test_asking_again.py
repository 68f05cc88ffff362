"""A dangerous form sent long after the log-in: kept, asked for the password on the way, then done."""

from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pyotp
import pytest
from flask import url_for
from werkzeug.test import TestResponse

from fakes.caller import HOST, ORIGIN, OWN_FORM, Caller
from fakes.html_page import Form, read_page
from fakes.usermgmt_site import OTHER, PASSWORD, YOU, Site
from machiya.access.login import LogIn
from machiya.accounts.aliases import add_alias
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable

SESSION = "__Host-machiya-session"
ADD = "/aliases/add"
WANTED = {"address": "crew@home.test", "targets": f"{YOU}\nother@home.test"}


def aliases(site: Site) -> dict[str, list[str]]:
    with site.house.accounts_uow(read_only=True) as work:
        return {str(alias.address): [str(target) for target in alias.targets] for alias in work.accounts.aliases()}


def late(site: Site, caller: Caller, **values: str) -> TestResponse:
    """The form opened in time and sent too late."""
    form = caller.page(ADD).form(ADD)
    site.house.moving.move(minutes=11)
    return caller.send("POST", ADD, form.values(**values), OWN_FORM | {"Referer": f"{ORIGIN}{ADD}?from=list"})


def asked(answer: TestResponse) -> Form:
    return read_page(answer.text).form(ADD)


def token(caller: Caller) -> str:
    cookie = caller.client.get_cookie(SESSION, domain=HOST)
    assert cookie is not None
    return cookie.value


def test_the_form_is_kept_and_done_after_the_password(site: Site, olga: Caller) -> None:
    answer, before = late(site, olga, **WANTED), token(olga)
    assert (answer.status_code, "crew@home.test" in aliases(site)) == (401, False)
    done = olga.submit(asked(answer), ADD, confirm_password=PASSWORD)
    assert (done.status_code, done.location) == (303, "/aliases/crew@home.test")
    assert aliases(site)["crew@home.test"] == [YOU, "other@home.test"]
    assert token(olga) != before
    assert olga.fill(ADD, **WANTED | {"address": "more@home.test"}).status_code == 303  # not asked again


def test_a_wrong_password_changes_nothing_and_keeps_the_form(site: Site, olga: Caller) -> None:
    answer, before = late(site, olga, **WANTED), token(olga)
    for wrong in ("not the password", ""):
        answer = olga.submit(asked(answer), ADD, confirm_password=wrong)
        assert (answer.status_code, wrong in answer.text.split("confirm_password")[-1]) == (
            401 if wrong else 400,
            not wrong,
        )
        assert asked(answer).values()["targets"] == WANTED["targets"]
    assert (token(olga), "crew@home.test" in aliases(site)) == (before, False)
    assert olga.submit(asked(answer), ADD, confirm_password=PASSWORD).status_code == 303


def test_a_mistake_in_the_form_is_told_in_a_page_of_the_new_session(site: Site, olga: Caller) -> None:
    answer = late(site, olga, **WANTED | {"targets": "nobody@street.example"})
    refused = olga.submit(asked(answer), ADD, confirm_password=PASSWORD)
    assert (refused.status_code >= 400, 'value="crew@home.test"' in refused.text) == (True, True)
    assert olga.submit(asked(refused), ADD, **WANTED).status_code == 303
    assert "crew@home.test" in aliases(site)


def test_guessing_is_counted_as_at_the_log_in(site: Site, olga: Caller) -> None:
    answer = late(site, olga, **WANTED)
    statuses = []
    for number in range(12):
        answer = olga.submit(asked(answer), ADD, confirm_password=f"guess {number}")
        statuses.append(answer.status_code)
    assert statuses[-1] == 429
    assert olga.submit(asked(answer), ADD, confirm_password=PASSWORD).status_code == 429
    assert "crew@home.test" not in aliases(site)


def test_the_second_step_is_asked_for_too(site: Site, olga: Caller) -> None:
    olga.fill("/account/second-factor")
    page = olga.post("/account/second-factor", {"csrf_token": olga.token()})
    app = pyotp.TOTP(read_page(page.text).text.partition("into the app: ")[2][:40].replace(" ", "")[:32])
    olga.fill("/account/second-factor/code", code=app.at(site.house.clock.now()))
    answer = late(site, olga, **WANTED)
    assert olga.submit(asked(answer), ADD, confirm_password=PASSWORD).status_code == 401
    assert "crew@home.test" not in aliases(site)
    now = app.at(site.house.clock.now())
    assert olga.submit(asked(answer), ADD, confirm_password=PASSWORD, confirm_code=now).status_code == 303


def test_passwords_and_codes_are_in_no_answer(site: Site, olga: Caller) -> None:
    answer = late(site, olga, **WANTED, code="123456")
    again = olga.submit(asked(answer), ADD, confirm_password="a secret of mine", confirm_code="654321")
    assert [secret in answer.text + again.text for secret in ("a secret of mine", "123456", "654321")] == [False] * 3


def test_cancel_and_language_lead_back_to_the_page_with_the_form(site: Site, olga: Caller) -> None:
    answer = late(site, olga, **WANTED)
    again = olga.submit(asked(answer), ADD, confirm_password="wrong")
    for page in (answer, again):
        assert f'href="{ADD}?from=list"' in page.text
        assert read_page(page.text).form("/language").values()["next"] == f"{ADD}?from=list"


@pytest.mark.parametrize(
    "referer", ["https://street.example/x", "//street.example", "https://[", "", f"{ORIGIN}.street.example/"]
)
def test_a_foreign_page_before_leads_home(site: Site, olga: Caller, referer: str) -> None:
    form = olga.page(ADD).form(ADD)
    site.house.moving.move(minutes=11)
    answer = olga.send("POST", ADD, form.values(**WANTED), OWN_FORM | {"Referer": referer})
    assert read_page(answer.text).form("/language").values()["next"] == "/"


ODD = ["a#b", "a?b", "a%41", "a%2Fb", "a&b", "日本"]


@pytest.mark.parametrize("local", ODD)
def test_an_odd_address_leads_to_itself_before_and_after(site: Site, olga: Caller, local: str) -> None:
    """A percent sign in an address must not become another address on the way."""
    address, twin = EmailAddress.parse(f"{local}@home.test"), EmailAddress.parse("aa@home.test")
    for one in (address, twin):
        add_alias(site.house.accounts_uow(), site.house.clock, one, [EmailAddress.parse(YOU)])
    with site.app.test_request_context(base_url=ORIGIN):
        show, change, remove = (
            url_for(f"aliases.{view}", address=address) for view in ("show", "change", "remove_form")
        )
    form = next(form for form in olga.page(show).forms if form.action.endswith("/targets"))
    site.house.moving.move(minutes=11)
    late_answer = olga.send("POST", change, form.values(targets=OTHER), OWN_FORM | {"Referer": f"{ORIGIN}{show}"})
    again = next(form for form in read_page(late_answer.text).forms if "confirm_back" in form.values())
    [asked_for] = parse_qs(urlsplit(olga.get(remove).location or "").query)["next"]
    assert unquote(asked_for) == unquote(remove)
    assert olga.submit(again, change, confirm_password=PASSWORD).status_code == 303
    assert aliases(site)[str(address)] == [OTHER]
    assert olga.submit(olga.page(remove).forms[1], remove).status_code == 303
    assert set(aliases(site)) & {str(address), str(twin)} == {str(twin)}


def test_every_value_of_a_field_is_kept(site: Site, olga: Caller) -> None:
    token_of_form = olga.token()
    site.house.moving.move(minutes=11)
    body = urlencode([("csrf_token", token_of_form), ("x", "1"), ("x", "2"), ("x", ""), ("y", "a\r\nb")])
    answer = olga.post("/aliases/home.test@home.test/targets", body.replace("y=", "targets=").encode())
    kept = [
        (item["name"], item["value"]) for tag, item in read_page(answer.text).elements if item.get("type") == "hidden"
    ]
    assert [value for name, value in kept if name == "x"] == ["1", "2", ""]


def test_a_house_that_is_busy_keeps_the_form(site: Site, olga: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = late(site, olga, **WANTED)

    def busy(*_: object, **__: object) -> None:
        raise Unavailable("too many log in at the same moment", hint="Try again.")

    with monkeypatch.context() as patch:
        patch.setattr(LogIn, "reauthenticate", busy)
        answer = olga.submit(asked(answer), ADD, confirm_password=PASSWORD)
        assert answer.status_code == 503
    assert olga.submit(asked(answer), ADD, confirm_password=PASSWORD).status_code == 303


def test_a_page_that_only_takes_forms_is_not_led_back_to(olga: Caller) -> None:
    action = "/domains/home.test/catch-all"
    form = olga.page("/domains/home.test").form(action)
    values = form.values(catch_all="nobody@street.example")
    answer = olga.send("POST", action, values, OWN_FORM | {"Referer": f"{ORIGIN}{action}"})
    assert read_page(answer.text).form("/language").values()["next"] == "/"


def test_a_new_mailbox_asks_too(site: Site, olga: Caller) -> None:
    form = olga.page("/mailboxes/add").form("/mailboxes/add")
    site.house.moving.move(minutes=11)
    assert olga.submit(form, "/mailboxes/add", address="hostmaster@home.test").status_code == 401
    with site.house.accounts_uow(read_only=True) as work:
        assert work.accounts.mailbox(EmailAddress.parse("hostmaster@home.test")) is None
