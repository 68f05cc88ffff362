"""What a person does on the pages: typing, ticking, pressing. By the names of fields, so in any language."""

from datetime import UTC, datetime, timedelta

import pyotp
from playwright.sync_api import Locator, Page

from browser.visit import Visitor
from fakes.furnished_house import PASSWORD


def form_of(page: Page, field: str) -> Locator:
    """The form in the page's content that has this field."""
    return page.locator(f'main form:has([name="{field}"])').first


def press(form: Locator) -> None:
    """Its button; the next page is there afterwards."""
    form.locator("button[type=submit], button:not([type])").first.click()
    form.page.wait_for_load_state("domcontentloaded")


def fill(page: Page, **values: str) -> None:
    """Fill in the form that has the first of these fields, and send it."""
    form = form_of(page, next(iter(values)))
    for name, value in values.items():
        form.locator(f'[name="{name}"]').fill(value)
    press(form)


def press_to(page: Page, action: str) -> None:
    """The button of the form that goes to ``action`` (its end)."""
    press(page.locator(f'form[action$="{action}"]').first)


def log_in(visitor: Visitor, name: str, password: str = PASSWORD, code: str = "") -> None:
    """As somebody who has just come."""
    visitor.go("/login")
    fill(visitor.page, name=name, password=password, **({"code": code} if code else {}))


def log_out(visitor: Visitor) -> None:
    """With the button at the top."""
    press_to(visitor.page, "/logout")


def is_in(visitor: Visitor) -> bool:
    """Whether a page behind the log-in is shown."""
    visitor.go("/")
    return not visitor.page.url.partition("?")[0].endswith("/login")


def words(visitor: Visitor) -> str:
    """The content of the page as it is seen."""
    return visitor.page.locator("main").inner_text()


def second_factor_secret(page: Page) -> str:
    """What the page with the picture says for those who type it."""
    return page.locator(".secret .value").inner_text().replace(" ", "")


def code_at(secret: str, later_seconds: int = 0) -> str:
    """The six digits that an app shows now, or in a moment."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=later_seconds))
