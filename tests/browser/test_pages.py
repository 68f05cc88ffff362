"""Every page: axe, no sideways scrolling, nothing from elsewhere, all of it in reach of the keyboard."""

import re

import pytest
from playwright.sync_api import Browser

from browser.answers import ANSWERS
from browser.keyboard import tab_through
from browser.served import Served
from browser.visit import Language, Looks, Scheme, Visitor, visitor
from contract.usermgmt_walk.expected import pages_of
from contract.usermgmt_walk.people import Person

pytestmark = pytest.mark.browser

JAPANESE = re.compile(r"[\u3041-\u30ff]")
# Each language in both schemes, each also on a phone.
LOOKS = [
    Looks("ja", "light", "phone"),
    Looks("ja", "dark", "desktop"),
    Looks("en", "dark", "phone"),
    Looks("en", "light", "desktop"),
]
# Those who see all there is, and one who sees the same pages without anything to press.
WATCHED = [Person.STRANGER, Person.MAILBOX, Person.VIEWER, Person.OWNER]


def flaws_of(page: Visitor, looks: Looks) -> list[str]:
    """What is wrong with the page being shown."""
    flaws = page.axe()
    if page.overflow():
        flaws.append(f"{page.overflow()} pixels too wide")
    if page.page.locator("html").get_attribute("lang") != looks.language:
        flaws.append("in another language")
    text = page.page.locator("body").inner_text().replace("日本語", "")
    if bool(JAPANESE.search(text)) != (looks.language == "ja"):
        flaws.append("its words are in another language")
    return flaws


@pytest.mark.parametrize("looks", LOOKS, ids=str)
@pytest.mark.parametrize("person", WATCHED)
def test_every_page_can_be_used_by_everybody(browser: Browser, shown: Served, person: Person, looks: Looks) -> None:
    found: dict[str, list[str]] = {}
    with visitor(browser, shown.base, looks, state=shown.states.get(person), scripts=True) as page:
        for path in pages_of(person, shown.held):
            status = page.go(path)
            flaws = flaws_of(page, looks) + ([f"status {status}"] if status != 200 else [])
            found |= {path: flaws} if flaws else {}
        assert page.complaints == []
    assert found == {}


@pytest.mark.parametrize("looks", LOOKS, ids=str)
def test_every_answer_can_be_used_by_everybody(browser: Browser, served: Served, looks: Looks) -> None:
    served.let_in(browser, Person.MAILBOX, Person.OWNER)
    found: dict[str, list[str]] = {}
    for person in (Person.STRANGER, *served.states):
        with visitor(browser, served.base, looks, state=served.states.get(person), scripts=True) as page:
            for name, answer in ANSWERS.items():
                if answer.person is person:
                    answer.ask(page)
                    flaws = flaws_of(page, looks)
                    found |= {name: flaws} if flaws else {}
            assert page.complaints == []
    assert found == {}


@pytest.mark.parametrize("looks", [Looks("en", "light", "phone"), Looks("ja", "dark", "desktop")], ids=str)
@pytest.mark.parametrize("person", [Person.STRANGER, Person.MAILBOX, Person.OWNER])
def test_the_keyboard_reaches_everything(browser: Browser, shown: Served, person: Person, looks: Looks) -> None:
    found: dict[str, list[str]] = {}
    with visitor(browser, shown.base, looks, state=shown.states.get(person)) as page:
        for path in pages_of(person, shown.held):
            page.go(path)
            walk = tab_through(page.page)
            missed = [control for number, control in enumerate(walk.controls) if number not in walk.order]
            flaws = [f"not reached: {control}" for control in missed] + [f"no ring: {one}" for one in walk.unseen]
            if walk.order != sorted(walk.order):
                flaws.append("the order is not that of the page")
            found |= {path: flaws} if flaws else {}
    assert found == {}


@pytest.mark.parametrize("person", [Person.STRANGER, Person.MAILBOX, Person.OWNER])
def test_the_first_key_skips_to_the_content(browser: Browser, shown: Served, person: Person) -> None:
    with visitor(browser, shown.base, state=shown.states.get(person)) as page:
        for path in pages_of(person, shown.held):
            page.go(path)
            page.page.keyboard.press("Tab")
            assert page.page.evaluate("document.activeElement.classList.contains('skip')"), path
            page.page.keyboard.press("Enter")
            page.page.wait_for_url("**#content")
            assert page.page.evaluate("document.activeElement.id") == "content", path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_switch_at_the_foot_changes_the_language(browser: Browser, shown: Served, scheme: Scheme) -> None:
    languages: list[Language] = ["ja", "en", "ja"]
    with visitor(browser, shown.base, Looks("en", scheme)) as page:
        page.go("/login")
        for language in languages:
            page.page.locator(f"footer button[value={language}]").click()
            page.page.wait_for_load_state("domcontentloaded")
            assert page.page.locator("html").get_attribute("lang") == language
            assert page.page.url == f"{shown.base}/login"
