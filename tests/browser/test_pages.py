"""Every page: axe, no sideways scrolling, nothing from elsewhere, all of it in reach of the keyboard."""

import itertools
import re
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser

from browser.answers import ANSWERS, ELSEWHERE
from browser.examiner import examiner, flaws_of
from browser.hands import fill
from browser.keyboard import tab_through
from browser.served import Served
from browser.visit import Language, Looks, Scheme, Visitor, visitor
from contract.usermgmt_walk.expected import EXPECTED, pages_of
from contract.usermgmt_walk.people import Person
from fakes.furnished_house import PASSWORD

pytestmark = pytest.mark.browser

LANGUAGES: list[Language] = ["ja", "en"]
# What they are answered is what the administrator is answered, or less of it: one language each saves minutes.
ALIKE: list[tuple[Person, Language]] = [(Person.VIEWER, "ja"), (Person.OPERATOR, "en")]
ANSWERED = [person for person in Person if person not in dict(ALIKE)]
LATE = [
    ("/aliases/team@second.test", {"targets": "other@home.test\nyou@home.test"}),
    ("/domains/second.test", {"catch_all": "you@home.test"}),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("person", Person)
def test_every_page_can_be_used_by_everybody(
    browser: Browser, shown: Served, person: Person, language: Language
) -> None:
    found: dict[str, list[str]] = {}
    with examiner(browser, shown.base, language, state=shown.states.get(person)) as page:
        for path in pages_of(person, shown.held):
            if not come_to(page, path):
                found[path] = [f"led to {page.page.url}"]
            elif flaws := flaws_of(page, language):
                found[path] = flaws
        assert page.complaints == []
    assert found == {}


def come_to(page: Visitor, path: str) -> bool:
    """Open a page, with the password where it is asked for again because this lane takes its time; whether it came."""
    page.go(path)
    if "/confirm?" in page.page.url:
        fill(page.page, password=PASSWORD)
    there = urlsplit(page.page.url).path
    return unquote(there) == unquote(path) or (path, there) == ("/login", "/")


@pytest.mark.parametrize(("person", "language"), [*itertools.product(ANSWERED, LANGUAGES), *ALIKE])
def test_every_answer_can_be_used_by_everybody(
    browser: Browser, served: Served, person: Person, language: Language
) -> None:
    if person is not Person.STRANGER:
        served.let_in(browser, person)
        served.elsewhere(person, times=2)
    found: dict[str, list[str]] = {}
    with examiner(browser, served.base, language, state=served.states.get(person)) as page:
        for name, answer in ANSWERS.items():
            if person in answer.people:
                answer.ask(page, served.held)
                if flaws := flaws_of(page, language):
                    found[name] = flaws
        assert page.complaints == []
        assert routes_for(person) - {route_of(path) for path in page.posted} == set()
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "typed"), LATE)
def test_a_form_sent_late_is_kept_while_the_password_is_asked_for(
    browser: Browser, served: Served, path: str, typed: dict[str, str], language: Language
) -> None:
    served.let_in(browser, Person.ADMINISTRATOR)
    with examiner(browser, served.base, language, state=served.states[Person.ADMINISTRATOR]) as page:
        page.go(path)
        served.after_a_while()
        fill(page.page, **typed)
        asked = flaws_of(page, language)
        fill(page.page, confirm_password="not the password")
        refused = flaws_of(page, language)
        fill(page.page, confirm_password=PASSWORD)
        saved = flaws_of(page, language)
        assert page.complaints == []
        page.go(path)
        assert [page.page.locator(f"[name={name}]").input_value() for name in typed] == list(typed.values())
    assert [asked, refused, saved] == [[], [], []]


def routes_for(person: Person) -> set[str]:
    """Every route that takes a form from this person."""
    posts = {route for route in EXPECTED if route.startswith("POST ") and person in EXPECTED[route]}
    return {route for route in posts if person not in ELSEWHERE.get(route, ())}


def route_of(path: str) -> str:
    """The route that ``path`` was sent to: of those that fit, the one with the fewest variables."""
    posts = [route for route in EXPECTED if route.startswith("POST ")]
    fitting = [route for route in posts if re.fullmatch(re.sub("<[^>]+>", "[^/]+", route), f"POST {path}")]
    return min(fitting, key=lambda route: route.count("<"), default=path)


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
