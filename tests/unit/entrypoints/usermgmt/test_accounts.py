"""Domains, mailboxes and aliases, as administrators change them."""

import pytest

from fakes.caller import Caller
from fakes.html_page import read_page
from fakes.usermgmt_site import PASSWORD, YOU, Site
from machiya.accounts.mailboxes import change_mailbox
from machiya.accounts.model import Mailbox
from machiya.core.addresses import DomainName, EmailAddress


def mailbox(site: Site, address: str) -> Mailbox | None:
    with site.house.accounts_uow(read_only=True) as work:
        return work.accounts.mailbox(EmailAddress.parse(address))


def targets(site: Site, address: str) -> list[str]:
    with site.house.accounts_uow(read_only=True) as work:
        found = work.accounts.alias(EmailAddress.parse(address))
    return [str(target) for target in found.targets] if found else []


def test_domain_is_added_shown_and_noted(site: Site, olga: Caller) -> None:
    answer = olga.fill("/domains/add", name="はじめよう.みんな")
    assert answer.location == "/domains/xn--p8j9a0d9c9a.xn--q9jyb4c"
    page = olga.page(answer.location)
    assert "はじめよう.みんな is a domain of this house now." in page.text
    assert "is a domain of this house now" not in olga.page(answer.location).text
    assert site.actions()[-1] == "administrator:olga domain.add xn--p8j9a0d9c9a.xn--q9jyb4c"


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("no domain", 400, "not a domain name"),
        ("home.test", 409, "already"),
        ("", 400, "needed"),
        ("x" * 2000, 400, "too long"),
    ],
)
def test_domain_that_cannot_be_is_refused_beside_its_field(olga: Caller, name: str, status: int, words: str) -> None:
    answer = olga.fill("/domains/add", name=name)
    assert answer.status_code == status
    page = read_page(answer.text)
    field = next(attributes for tag, attributes in page.elements if attributes.get("id") == "name")
    assert (field["aria-invalid"], field["aria-describedby"]) == ("true", "name-hint name-wrong")
    assert words in page.text
    assert "#name" in page.links


def test_domain_gets_and_loses_a_catch_all(site: Site, olga: Caller) -> None:
    def catch_all() -> EmailAddress | None:
        with site.house.accounts_uow(read_only=True) as work:
            return next(domain.catch_all for domain in work.accounts.domains())

    show, action = "/domains/home.test", "/domains/home.test/catch-all"
    assert olga.fill(show, action, catch_all="you@elsewhere.test").status_code == 400
    assert olga.fill(show, action, catch_all=YOU).status_code == 303
    assert catch_all() == EmailAddress.parse(YOU)
    olga.fill(show, action, catch_all="")
    assert catch_all() is None


def test_domain_goes_only_with_its_name_typed(site: Site, olga: Caller) -> None:
    path = "/domains/home.test/remove"
    assert "you@home.test" in olga.page(path).text
    assert olga.fill(path, typed="home").status_code == 400
    assert mailbox(site, YOU)
    assert olga.fill(path, typed="home.test").location == "/domains/"
    assert mailbox(site, YOU) is None
    assert olga.get("/domains/home.test").status_code == 404


def test_mailbox_is_added_with_a_password_shown_once(site: Site, olga: Caller) -> None:
    answer = olga.fill("/mailboxes/add", address="hanako@home.test", quota="2 GiB")
    made = mailbox(site, "hanako@home.test")
    assert made is not None
    assert (answer.status_code, made.quota_bytes, answer.headers["Cache-Control"]) == (200, 2 * 1024**3, "no-store")
    password = read_page(answer.text).text.partition("leave this page. ")[2].split()[0]
    assert site.house.password_hasher().verify(made.password, password)
    assert password not in olga.get("/mailboxes/hanako@home.test").text
    assert password not in "".join(site.actions())
    assert site.caller().log_in("hanako@home.test", password).status_code == 303


@pytest.mark.parametrize(
    ("address", "quota", "status"),
    [(YOU, "1 GiB", 409), ("a+b@home.test", "0", 400), ("x@nowhere.test", "0", 404), ("x@home.test", "2 GB", 400)],
)
def test_mailbox_that_cannot_be_is_refused(site: Site, olga: Caller, address: str, quota: str, status: int) -> None:
    before = site.actions()
    assert olga.fill("/mailboxes/add", address=address, quota=quota).status_code == status
    assert site.actions() == before


def test_mailbox_is_turned_off_and_on(site: Site, olga: Caller) -> None:
    you = site.as_(YOU)
    olga.fill(f"/mailboxes/{YOU}", f"/mailboxes/{YOU}/disable")
    assert you.get("/").status_code == 303
    assert site.caller().log_in(YOU, PASSWORD).status_code == 401
    olga.fill(f"/mailboxes/{YOU}", f"/mailboxes/{YOU}/enable")
    assert site.caller().log_in(YOU, PASSWORD).status_code == 303
    assert [action for action in site.actions() if " mailbox." in action] == [
        f"administrator:olga mailbox.disable {YOU}",
        f"administrator:olga mailbox.enable {YOU}",
    ]


@pytest.mark.parametrize("quota_bytes", [1, 50_000, 1024**3 + 1, 1025 * 1024**2])
def test_quota_saved_as_it_is_shown_stays(site: Site, olga: Caller, quota_bytes: int) -> None:
    change_mailbox(
        site.house.accounts_uow(), site.house.password_hasher(), EmailAddress.parse(YOU), quota_bytes=quota_bytes
    )
    assert olga.fill(f"/mailboxes/{YOU}", f"/mailboxes/{YOU}/quota").status_code == 303
    found = mailbox(site, YOU)
    assert found is not None
    assert found.quota_bytes == quota_bytes


def test_mailbox_gets_another_quota(site: Site, olga: Caller) -> None:
    path = f"/mailboxes/{YOU}/quota"
    assert olga.fill(f"/mailboxes/{YOU}", path, quota="much").status_code == 400
    assert olga.fill(f"/mailboxes/{YOU}", path, quota="1 MiB").status_code == 303
    found = mailbox(site, YOU)
    assert found is not None
    assert found.quota_bytes == 1024**2
    assert '<meter min="0" max="1048576"' in olga.get("/mailboxes/").text


def test_mailbox_gets_a_new_password(site: Site, olga: Caller) -> None:
    you = site.as_(YOU)
    answer = olga.fill(f"/mailboxes/{YOU}", f"/mailboxes/{YOU}/password")
    assert "It is shown only now" in answer.text
    assert you.get("/").status_code == 303
    assert site.caller().log_in(YOU, PASSWORD).status_code == 401


def test_mailbox_goes_only_with_its_address_typed(site: Site, olga: Caller) -> None:
    path = f"/mailboxes/{YOU}/remove"
    assert "team@home.test" in olga.page(path).text
    assert olga.fill(path, typed="you").status_code == 400
    assert olga.fill(path, typed=YOU).location == "/mailboxes/"
    assert (mailbox(site, YOU), targets(site, "team@home.test")) == (None, ["other@home.test"])


def test_mailboxes_are_listed_a_page_at_a_time(site: Site, olga: Caller) -> None:
    with site.house.accounts_uow() as work:
        for number in range(60):
            made = EmailAddress.parse(f"box{number:02}@home.test")
            work.accounts.save_mailbox(Mailbox(made, site.house.clock.now()))
        work.commit()
    first, second = olga.page("/mailboxes/"), olga.page("/mailboxes/?page=2")
    assert "/mailboxes/box00@home.test" in first.links
    assert "/mailboxes/?page=2" in first.links
    assert f"/mailboxes/{YOU}" in second.links
    for strange in ("0", "99", "-1", "x", "９"):
        assert olga.get(f"/mailboxes/?page={strange}").status_code == 200


def test_alias_is_added_changed_and_removed(site: Site, olga: Caller) -> None:
    answer = olga.fill("/aliases/add", address="info/jp@home.test", targets=f"{YOU}\r\nother@home.test")
    assert answer.status_code == 303
    assert targets(site, "info/jp@home.test") == [YOU, "other@home.test"]
    show = olga.get(answer.location or "").request.path
    olga.fill(show, f"{show}/targets", targets=YOU)
    assert targets(site, "info/jp@home.test") == [YOU]
    olga.fill(f"{show}/remove")
    assert targets(site, "info/jp@home.test") == []


@pytest.mark.parametrize(
    ("address", "wanted", "status"),
    [
        ("team@home.test", YOU, 409),
        ("new@home.test", "", 400),
        ("new@home.test", "a@far.test", 400),
        ("new@home.test", "new@home.test", 400),
    ],
)
def test_alias_that_cannot_be_is_refused(olga: Caller, address: str, wanted: str, status: int) -> None:
    answer = olga.fill("/aliases/add", address=address, targets=wanted)
    assert answer.status_code == status
    assert f">{wanted}</textarea>" in answer.text


def test_viewer_sees_no_button_that_would_be_refused(site: Site) -> None:
    vera = site.as_("vera")
    for path in ("/domains/", "/domains/home.test", "/mailboxes/", f"/mailboxes/{YOU}", "/aliases/team@home.test"):
        actions = {form.action for form in vera.page(path).forms}
        assert actions == {"/logout", "/language"}


@pytest.mark.parametrize("path", ["/domains/nowhere.test", "/mailboxes/no@home.test", "/aliases/no@home.test"])
def test_what_is_not_there_has_a_page(olga: Caller, path: str) -> None:
    answer = olga.get(path)
    assert answer.status_code == 404
    assert "machiya " not in read_page(answer.text).text.replace("machiya.home.test", "")


def test_a_domain_called_like_markup_stays_text(olga: Caller) -> None:
    answer = olga.fill("/domains/add", name="<script>alert(1)</script>")
    assert "<script>" not in answer.text
    assert DomainName.parse("home.test").unicode in olga.get("/domains/").text
