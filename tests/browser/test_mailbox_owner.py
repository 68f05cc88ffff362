"""The owner of a mailbox in Chromium, without JavaScript: devices, the password, what was set aside."""

import pytest
from playwright.sync_api import Browser

from browser.hands import fill, is_in, log_in, press_to, words
from browser.served import Served
from browser.visit import Language, Looks, visitor
from fakes.furnished_house import PASSWORD
from machiya.accounts.app_passwords import digest_of, list_app_passwords
from machiya.bootstrap import House
from machiya.core.addresses import EmailAddress

pytestmark = pytest.mark.browser

YOU = "you@home.test"
NEW_PASSWORD = "another horse, another battery"


def digests(served: Served) -> set[str]:
    """Of the passwords that open the mailbox for a device."""
    house = House(served.root)
    found = list_app_passwords(house.accounts_uow(read_only=True), EmailAddress.parse(YOU))
    house.engine.dispose()
    return {one.digest for one in found}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_device_gets_its_own_password_and_loses_it(browser: Browser, served: Served, language: Language) -> None:
    with visitor(browser, served.base, Looks(language, width="phone")) as page:
        log_in(page, YOU)
        page.go("/my/app-passwords/")
        fill(page.page, name="祖母の電話")
        made = page.page.locator(".secret .value").inner_text()
        assert digest_of(made) in digests(served)
        page.go("/my/app-passwords/")
        assert "祖母の電話" in words(page)
        assert made not in page.page.content()
        page.page.locator("form[action$='/revoke']").filter(has_text="祖母の電話").locator("button").click()
        page.page.wait_for_load_state("domcontentloaded")
        assert page.page.locator("main table, main ul, main dl").filter(has_text="祖母の電話").count() == 0
        assert page.complaints == []
    assert digest_of(made) not in digests(served)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_password_is_changed(browser: Browser, served: Served, language: Language) -> None:
    with visitor(browser, served.base, Looks(language)) as page, visitor(browser, served.base) as elsewhere:
        log_in(page, YOU)
        log_in(elsewhere, YOU)
        page.go("/account/password")
        fill(page.page, old="wrong password", new=NEW_PASSWORD, again=NEW_PASSWORD)
        assert is_in(elsewhere)
        page.go("/account/password")
        fill(page.page, old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
        assert is_in(page)
        assert not is_in(elsewhere)
        log_in(elsewhere, YOU)
        assert not is_in(elsewhere)
        log_in(elsewhere, YOU, NEW_PASSWORD)
        assert is_in(elsewhere)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_message_is_let_out_of_the_quarantine(browser: Browser, served: Served, language: Language) -> None:
    mail = House(served.root).mail_folder / "home.test" / "you" / "Maildir" / "new"
    before = len(list(mail.iterdir()))
    with visitor(browser, served.base, Looks(language, width="phone")) as page:
        log_in(page, YOU)
        page.go("/my/quarantine/")
        assert "For somebody else" not in words(page)
        page.page.get_by_role("link", name="請求書").click()
        press_to(page.page, "/release")
        page.go("/my/quarantine/")
        assert page.page.get_by_role("link", name="請求書").count() == 0
        assert page.complaints == []
    assert len(list(mail.iterdir())) == before + 1
