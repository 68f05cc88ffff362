"""Administrators, one's own account, two-step log-in, the audit log."""

import re
import sqlite3
from contextlib import closing

import pyotp
import pytest

from fakes.caller import Caller
from fakes.house_state import DATABASE
from fakes.html_page import read_page
from fakes.usermgmt_site import PASSWORD, YOU, Site
from machiya.access.model import Role

NEW = "another long password"


def role_of(site: Site, name: str) -> Role:
    return site.house.access.administrators.find(name).role


def invited(olga: Caller, name: str = "hanako", role: str = "operator") -> str:
    """The path of the link."""
    answer = olga.fill("/administrators/invite", name=name, role=role)
    found = re.search(r"https://machiya\.home\.test(/invitation/\S+?)<", answer.text)
    assert found
    return found[1]


def test_invitation_is_good_once(site: Site, olga: Caller) -> None:
    path, stranger = invited(olga), site.caller()
    assert stranger.fill(path, new="short", again="short").status_code == 400
    assert stranger.fill(path, new=NEW, again=PASSWORD).status_code == 400
    assert stranger.fill(path, new=NEW, again=NEW).location == "/login"
    assert stranger.log_in("hanako", NEW).status_code == 303
    assert role_of(site, "hanako") is Role.OPERATOR
    assert site.caller().get(path).status_code == 401


def test_invitation_link_stands_on_no_other_page_and_in_no_log(site: Site, olga: Caller) -> None:
    token = invited(olga).rpartition("/")[2]
    assert token not in olga.get("/administrators/").text
    assert token not in "".join(map(str, site.house.access.audit.entries()))


def test_invitation_can_be_withdrawn(site: Site, olga: Caller) -> None:
    path = invited(olga)
    olga.fill("/administrators/", "/administrators/hanako/withdraw")
    assert site.caller().get(path).status_code == 401


@pytest.mark.parametrize(
    ("name", "role", "status"), [("Olga!", "viewer", 400), ("vera", "viewer", 409), ("new", "king", 400)]
)
def test_invitation_that_cannot_be_is_refused(olga: Caller, name: str, role: str, status: int) -> None:
    assert olga.fill("/administrators/invite", name=name, role=role).status_code == status


def act(olga: Caller, name: str, act_: str, **values: str) -> int:
    data = {"csrf_token": olga.token(), "act": act_, **values}
    return olga.post(f"/administrators/{name}", data).status_code


def test_administrator_gets_another_role_at_once(site: Site, olga: Caller) -> None:
    vera = site.as_("vera")
    assert vera.get("/audit/").status_code == 403
    assert act(olga, "vera", "role", role="administrator") == 303
    assert vera.get("/audit/").status_code == 200
    assert act(olga, "vera", "role", role="king") == 400
    assert act(olga, "vera", "promote") == 400


def test_administrator_is_locked_out_let_in_and_logged_out(site: Site, olga: Caller) -> None:
    vera = site.as_("vera")
    assert act(olga, "vera", "disable") == 303
    assert vera.get("/").status_code == 303
    assert site.caller().log_in("vera", PASSWORD).status_code == 401
    assert act(olga, "vera", "enable") == 303
    again = site.as_("vera")
    assert act(olga, "vera", "end-sessions") == 303
    assert again.get("/").status_code == 303


def test_last_owner_stays(site: Site, olga: Caller) -> None:
    assert [act(olga, "olga", "disable"), act(olga, "olga", "role", role="viewer")] == [409, 409]
    assert olga.fill("/administrators/olga/remove", typed="olga").status_code == 409
    assert role_of(site, "olga") is Role.OWNER


def test_administrator_is_removed_with_the_name_typed(site: Site, olga: Caller) -> None:
    assert olga.fill("/administrators/vera/remove", typed="ver").status_code == 400
    assert olga.fill("/administrators/vera/remove", typed="vera").status_code == 303
    assert olga.get("/administrators/vera").status_code == 404
    assert site.actions()[-1] == "administrator:olga administrator.remove administrator:vera"


@pytest.mark.parametrize("name", ["olga", YOU])
def test_password_is_changed_and_other_sessions_are_over(site: Site, name: str) -> None:
    here, elsewhere = site.as_(name), site.as_(name)
    wrong = here.fill("/account/password", old="wrong", new=NEW, again=NEW)
    unlike = here.fill("/account/password", old=PASSWORD, new=NEW, again=PASSWORD)
    assert (wrong.status_code, unlike.status_code) == (401, 400)
    assert NEW not in wrong.text + unlike.text
    assert here.fill("/account/password", old=PASSWORD, new=NEW, again=NEW).location == "/account/"
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 303
    assert site.caller().log_in(name, PASSWORD).status_code == 401
    assert site.caller().log_in(name, NEW).status_code == 303


def test_a_new_password_of_an_owner_shows_the_invitations_made_with_the_old(site: Site) -> None:
    olga = site.as_("olga")
    olga.fill("/administrators/invite", name="mallory", role="owner")
    answer = olga.fill("/account/password", old=PASSWORD, new=NEW, again=NEW)
    assert answer.location == "/administrators/"
    assert "Your invitations are still open: mallory." in olga.get("/administrators/").text


def turned_on(site: Site, caller: Caller) -> tuple[pyotp.TOTP, list[str]]:
    """The app on the phone, and the recovery codes."""
    begun = caller.fill("/account/second-factor")
    assert "<svg" in begun.text
    secret = "".join(re.findall(r'class="value">([A-Z2-7 ]+)<', begun.text)).replace(" ", "")
    app = pyotp.TOTP(secret)
    codes = caller.fill("/account/second-factor/code", code=app.at(site.house.clock.now()))
    return app, re.findall(r"<li>([a-z0-9-]+)</li>", codes.text)


@pytest.mark.parametrize("name", ["olga", YOU])
def test_two_step_log_in_asks_for_a_code_once_each(site: Site, name: str) -> None:
    caller = site.as_(name)
    app, codes = turned_on(site, caller)
    assert len(codes) == 10
    site.house.moving.move(minutes=1)
    needed = site.caller().log_in(name, PASSWORD)
    assert needed.status_code == 401
    assert "a code is needed too" in needed.text
    code = app.at(site.house.clock.now())
    assert site.caller().log_in(name, PASSWORD, code=code).status_code == 303
    assert site.caller().log_in(name, PASSWORD, code=code).status_code == 401
    assert site.caller().log_in(name, PASSWORD, code=codes[0]).status_code == 303
    assert site.caller().log_in(name, PASSWORD, code=codes[0]).status_code == 401
    assert "Recovery codes left: 9" in caller.page("/account/").text


def test_two_step_log_in_is_not_on_before_the_code_was_right(site: Site, olga: Caller) -> None:
    olga.fill("/account/second-factor")
    assert olga.fill("/account/second-factor/code", code="000000").status_code == 400
    assert site.caller().log_in("olga", PASSWORD).status_code == 303


def test_two_step_log_in_is_turned_off_and_its_codes_made_anew(site: Site, olga: Caller) -> None:
    _, codes = turned_on(site, olga)
    fresh = re.findall(r"<li>([a-z0-9-]+)</li>", olga.fill("/account/recovery-codes").text)
    assert len({*codes, *fresh}) == 20
    olga.fill("/account/second-factor/off")
    assert site.caller().log_in("olga", PASSWORD).status_code == 303


def test_two_step_log_in_is_asked_for_again_before_dangerous_acts(site: Site, olga: Caller) -> None:
    app, _ = turned_on(site, olga)
    site.house.moving.move(minutes=11)
    assert olga.fill("/confirm?next=/administrators/vera", "/confirm", password=PASSWORD).status_code == 401
    code = app.at(site.house.clock.now())
    answer = olga.fill("/confirm?next=/administrators/vera", "/confirm", password=PASSWORD, code=code)
    assert (answer.status_code, answer.location) == (303, "/administrators/vera")


def test_sessions_are_listed_and_ended(site: Site, olga: Caller) -> None:
    other = site.as_("olga")
    page = olga.page("/account/")
    ends = [form for form in page.forms if form.action.endswith("/end")]
    assert len(ends) == 2
    olga.fill("/account/", "/account/sessions/end-others")
    assert (olga.get("/").status_code, other.get("/").status_code) == (200, 303)
    [own] = [form for form in olga.page("/account/").forms if form.action.endswith("/end")]
    assert olga.submit(own, "/account/").location == "/login"
    assert olga.get("/").status_code == 303


def test_session_of_somebody_else_cannot_be_ended(site: Site, olga: Caller) -> None:
    vera = site.as_("vera")
    [end] = [form.action for form in vera.page("/account/").forms if form.action.endswith("/end")]
    assert olga.post(end, {"csrf_token": olga.token()}).status_code == 404
    assert vera.get("/").status_code == 200


def test_audit_log_is_paged_filtered_and_verified(olga: Caller) -> None:
    token = olga.token()
    for number in range(60):
        olga.post("/domains/add", {"csrf_token": token, "name": f"d{number}.test"})
    first = olga.page("/audit/")
    assert "d59.test" in first.text
    [older] = [link for link in first.links if "before=" in link]
    assert "d59.test" not in olga.page(older).text
    assert "d7.test" in olga.page("/audit/?target=d7.test&actor=administrator:olga").text
    assert "No entry fits." in olga.page("/audit/?actor=administrator:vera&target=d7.test").text
    assert "unchanged" in olga.page("/audit/verify").text


def test_audit_log_that_was_tampered_with_is_found(site: Site, olga: Caller) -> None:
    with closing(sqlite3.connect(site.house.root / DATABASE)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE audit_log SET actor = 'administrator:vera' WHERE number = 2")
        connection.commit()
    page = olga.page("/audit/verify")
    assert "The audit log was tampered with" in page.text
    assert "Entry 2: it was changed" in page.text


def test_overview_counts_what_there_is(olga: Caller) -> None:
    assert "1 Domains 2 Mailboxes 1 Aliases 0 In the quarantine" in read_page(olga.get("/").text).text
