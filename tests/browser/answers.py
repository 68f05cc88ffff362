"""Pages that only come as the answer to something: mistakes, secrets shown once, refusals."""

from collections.abc import Callable
from dataclasses import dataclass

from browser.hands import fill, press, press_to
from browser.visit import Visitor
from contract.usermgmt_walk.people import Person


@dataclass(frozen=True)
class Answer:
    """``ask`` leaves the page on the screen."""

    person: Person
    ask: Callable[[Visitor], object]


def on(path: str, **values: str) -> Callable[[Visitor], None]:
    """Open ``path`` and send a form with ``values``."""

    def ask(page: Visitor) -> None:
        page.go(path)
        fill(page.page, **values)

    return ask


def pressing(path: str, action: str) -> Callable[[Visitor], None]:
    """Open ``path`` and press the button that goes to ``action``."""

    def ask(page: Visitor) -> None:
        page.go(path)
        press_to(page.page, action)

    return ask


def second_factor(page: Visitor) -> None:
    """The page with the picture to scan."""
    page.go("/account/second-factor")
    press(page.page.locator("main form").first)


def release(page: Visitor) -> None:
    """A message is let out; the list says so."""
    page.go("/my/quarantine/")
    page.page.locator("main a[href*='/my/quarantine/']").first.click()
    press_to(page.page, "/release")


LONG = "a-name-that-is-very-long-and-has-no-place-to-break-" * 4
ANSWERS = {
    "nowhere": Answer(Person.STRANGER, lambda page: page.go("/nowhere")),
    "wrong log-in": Answer(Person.STRANGER, on("/login", name="alice", password="not the password")),
    "dead link": Answer(Person.STRANGER, lambda page: page.go("/invitation/abc")),
    "forbidden": Answer(Person.MAILBOX, lambda page: page.go("/domains/")),
    "not mine": Answer(Person.MAILBOX, lambda page: page.go("/my/quarantine/00000000-0000-0000-0000-000000000000")),
    "device": Answer(Person.MAILBOX, on("/my/app-passwords/", name="Laptop")),
    "device again": Answer(Person.MAILBOX, on("/my/app-passwords/", name="Laptop")),
    "long name": Answer(Person.MAILBOX, on("/my/app-passwords/", name=LONG)),
    "passwords differ": Answer(Person.MAILBOX, on("/account/password", old="x", new="abcdefghijk", again="abc")),
    "released": Answer(Person.MAILBOX, release),
    "bad domain": Answer(Person.OWNER, on("/domains/add", name="not a domain")),
    "domain added": Answer(Person.OWNER, on("/domains/add", name="added.test")),
    "bad mailbox": Answer(Person.OWNER, on("/mailboxes/add", address="you@nowhere.test", quota="much")),
    "mailbox added": Answer(Person.OWNER, on("/mailboxes/add", address="added@home.test", quota="1 GiB")),
    "bad alias": Answer(Person.OWNER, on("/aliases/add", address="you@home.test", targets="nobody@home.test")),
    "not removed": Answer(Person.OWNER, on("/mailboxes/other@home.test/remove", typed="something else")),
    "not removed here": Answer(Person.OWNER, on("/domains/home.test/remove", typed="home.test")),
    "invited": Answer(Person.OWNER, on("/administrators/invite", name="walter")),
    "two steps": Answer(Person.OWNER, second_factor),
    "two steps wrong": Answer(Person.OWNER, on("/account/second-factor/code", code="000000")),
    "too long": Answer(Person.OWNER, on("/domains/add", name="a" * 70_000)),
}
