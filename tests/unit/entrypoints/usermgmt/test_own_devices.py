"""App passwords on the pages of their owner and of administrators, and what a new main password leaves open."""

import pytest

from fakes.caller import Caller
from fakes.html_page import read_page
from fakes.usermgmt_site import OTHER, PASSWORD, YOU, Site
from machiya.accounts.app_passwords import add_app_password, list_app_passwords
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable

NEW = "another long password"
FILTER = {"match": "any", "field1": "subject", "comparison1": "contains", "text1": "x", "folder": "Shops"}


def devices(site: Site, address: str = YOU) -> list[str]:
    found = list_app_passwords(site.house.accounts_uow(read_only=True), EmailAddress.parse(address))
    return [one.name for one in found]


def test_app_password_is_made_shown_once_and_revoked(site: Site, you: Caller) -> None:
    answer = you.fill("/my/app-passwords/", name="電話")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    password = read_page(answer.text).text.partition("only now. ")[2].split()[0]
    page = you.page("/my/app-passwords/")
    assert ("電話" in page.text, password in page.text, devices(site)) == (True, False, ["電話"])
    [revoke] = [form for form in page.forms if form.action.endswith("/revoke")]
    you.submit(revoke, "/my/app-passwords/")
    assert devices(site) == []
    assert [action.split()[1] for action in site.actions()[-2:]] == ["app_password.add", "app_password.revoke"]
    assert password not in "".join(str(entry) for entry in site.house.access.audit.entries())


@pytest.mark.parametrize(("name", "status"), [("", 400), ("Phone", 409), ("x" * 65, 400)])
def test_app_password_needs_a_name_of_its_own(site: Site, you: Caller, name: str, status: int) -> None:
    you.fill("/my/app-passwords/", name="Phone")
    assert you.fill("/my/app-passwords/", name=name).status_code == status
    assert devices(site) == ["Phone"]


def test_app_password_of_another_cannot_be_revoked(site: Site, you: Caller) -> None:
    made = add_app_password(site.house.accounts_uow(), site.house.clock, EmailAddress.parse(OTHER), "tablet")
    for which in (made.app_password.id, "tablet"):
        token = you.token()
        data = {"csrf_token": token, "address": OTHER, "mailbox": OTHER}
        assert you.post(f"/my/app-passwords/{which}/revoke", data).status_code == 404
    assert devices(site, OTHER) == ["tablet"]


def test_administrator_revokes_and_requires_app_passwords(site: Site, olga: Caller) -> None:
    made = add_app_password(site.house.accounts_uow(), site.house.clock, EmailAddress.parse(YOU), "tablet")
    show, revoke = f"/mailboxes/{YOU}", f"/mailboxes/{YOU}/app-passwords/{made.app_password.id}/revoke"
    assert olga.fill(show, revoke).location == show
    assert devices(site) == []
    olga.fill(show, f"/mailboxes/{YOU}/app-passwords/require", required="yes")
    with site.house.accounts_uow(read_only=True) as work:
        found = work.accounts.mailbox(EmailAddress.parse(YOU))
    assert found is not None
    assert found.app_passwords_required
    assert "checked" in olga.get(show).text


def test_all_app_passwords_are_revoked_at_once(site: Site, you: Caller) -> None:
    for address, name in ((YOU, "Phone"), (YOU, "Laptop"), (OTHER, "tablet")):
        add_app_password(site.house.accounts_uow(), site.house.clock, EmailAddress.parse(address), name)
    answer = you.fill("/my/app-passwords/", "/my/app-passwords/revoke-all")
    assert (answer.location, devices(site), devices(site, OTHER)) == ("/my/app-passwords/", [], ["tablet"])
    assert site.actions()[-1] == f"mailbox:{YOU} app_password.revoke {YOU}"


def changed_password(you: Caller) -> str | None:
    return you.fill("/account/password", old=PASSWORD, new=NEW, again=NEW).location


def test_a_new_password_shows_what_it_does_not_end(site: Site, you: Caller) -> None:
    add_app_password(site.house.accounts_uow(), site.house.clock, EmailAddress.parse(YOU), "of a thief")
    you.fill("/my/forwarding/", enabled="yes", targets="thief@far.example", keep_copy="yes")
    you.fill("/my/filters/add", **FILTER, name="To the thief", forward_to=OTHER)
    you.fill("/my/filters/add", **FILTER, name="Harmless")
    still_open = changed_password(you)
    assert still_open == "/account/still-open"
    page = you.page(still_open)
    assert [word in page.text for word in ("of a thief", "thief@far.example", "To the thief", "Harmless")] == [
        *(True, True, True, False)
    ]
    you.fill(still_open, "/my/app-passwords/revoke-all")
    assert devices(site) == []


def test_a_new_password_that_leaves_nothing_open_says_so(you: Caller) -> None:
    you.fill("/my/forwarding/", targets="me@far.example", keep_copy="yes")  # noted, and off
    assert changed_password(you) == "/account/"
    assert "Nothing: no app password" in you.page("/account/still-open").text


def test_administrator_is_told_which_devices_a_new_password_leaves(site: Site, olga: Caller) -> None:
    assert "still open" not in olga.fill(f"/mailboxes/{YOU}", f"/mailboxes/{YOU}/password").text
    add_app_password(site.house.accounts_uow(), site.house.clock, EmailAddress.parse(YOU), "of a thief")
    answer = olga.fill(f"/mailboxes/{YOU}", f"/mailboxes/{YOU}/password")
    assert "still open the mailbox: of a thief." in answer.text


def test_a_changed_password_keeps_its_owner_in_whatever_happens_then(
    site: Site, you: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("the database is away", hint="Wait.")

    with monkeypatch.context() as patch:
        patch.setattr("machiya.entrypoints.usermgmt.account.password.remaining", away)
        answer = you.fill("/account/password", old=PASSWORD, new=NEW, again=NEW)
        assert answer.status_code == 503
    assert you.get("/").status_code == 200
    assert site.caller().log_in(YOU, NEW).location == "/"
