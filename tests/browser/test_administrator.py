"""An administrator in Chromium, without JavaScript: two steps, a domain, a mailbox, an alias – and the audit log."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.hands import code_at, fill, is_in, log_in, log_out, press, second_factor_secret, words
from browser.served import Served
from browser.visit import Language, Looks, Visitor, visitor
from fakes.command_line import machiya
from fakes.house_state import DATABASE

pytestmark = pytest.mark.browser


def turn_on_two_steps(page: Visitor) -> str:
    """As the page says: begin, type the secret into an app, type its code."""
    page.go("/account/second-factor")
    press(page.page.locator("main form").first)
    secret = second_factor_secret(page.page)
    fill(page.page, code=code_at(secret))
    assert page.page.locator(".codes li").count() == 10
    return secret


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_administrator_works(browser: Browser, served: Served, language: Language) -> None:
    with visitor(browser, served.base, Looks(language)) as page:
        log_in(page, "alice")
        assert page.page.locator("html").get_attribute("lang") == language
        secret = turn_on_two_steps(page)
        log_out(page)
        log_in(page, "alice")
        assert not is_in(page)
        log_in(page, "alice", code=code_at(secret, later_seconds=30))  # one that was not used yet
        assert is_in(page)

        page.go("/domains/add")
        fill(page.page, name="例.test")
        assert "例.test" in words(page)
        page.go("/mailboxes/add")
        fill(page.page, address="hanako@例.test", quota="1 GiB")
        password = page.page.locator(".secret .value").inner_text()
        page.go("/aliases/add")
        fill(page.page, address="info@例.test", targets="hanako@例.test\nyou@home.test")
        assert "hanako@例.test" in words(page)
        log_out(page)

        log_in(page, "hanako@例.test", password)
        assert is_in(page)
        assert page.complaints == []
    proved_and_then_tampered(served)


def proved_and_then_tampered(served: Served) -> None:
    """The log tells all of it and verifies; whoever changes a row behind its back is found."""
    shown = machiya(served.root, "audit", "list").out
    for action in ("second_factor.on", "domain.add", "mailbox.add", "alias.add"):
        assert action in shown
    assert machiya(served.root, "audit", "verify").code == 0
    number = tamper(served.root)
    found = machiya(served.root, "audit", "verify")
    assert found.code != 0
    assert str(number) in found.out + found.err


def tamper(root: Path) -> int:
    """Somebody who may write the file itself makes the log say that another did it; the number of that row."""
    with closing(sqlite3.connect(root / DATABASE)) as database, database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'")
        for (name,) in triggers.fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        [number] = database.execute("SELECT number FROM audit_log WHERE action = 'mailbox.add'").fetchone()
        changed = database.execute("UPDATE audit_log SET actor = 'administrator:olga' WHERE number = ?", (number,))
        assert changed.rowcount == 1
    return int(number)


def test_removing_asks_for_the_password_and_the_name(browser: Browser, served: Served) -> None:
    with visitor(browser, served.base) as page:
        log_in(page, "adam")
        page.go("/mailboxes/other@home.test/remove")
        fill(page.page, typed="you@home.test")
        assert "other@home.test" in machiya(served.root, "mailbox", "list").out
        fill(page.page, typed="other@home.test")
        assert "other@home.test" not in machiya(served.root, "mailbox", "list").out


def test_a_viewer_is_shown_and_not_asked(browser: Browser, served: Served) -> None:
    with visitor(browser, served.base) as page:
        log_in(page, "vera")
        for path in ("/domains/second.test", "/mailboxes/other@home.test", "/aliases/team@second.test"):
            page.go(path)
            assert page.page.locator("main form").count() == 0, path
