"""Pages that only come as the answer to something: mistakes, secrets shown once, refusals.

In the order in which one person can ask for all of theirs in one house; what ends something stands at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass

from browser.hands import code_at, fill, press, press_to, second_factor_secret
from browser.visit import Visitor
from contract.usermgmt_walk.expected import ANYBODY, LOGGED_IN, MAILBOX, MANAGE, OPERATE, OWN, VIEW, path_of
from contract.usermgmt_walk.people import Person
from fakes.furnished_house import PASSWORD, Held

Ask = Callable[[Visitor, Held], object]


@dataclass(frozen=True)
class Answer:
    """``ask`` leaves the page on the screen of each of ``people``."""

    people: frozenset[Person]
    ask: Ask


def going(path: str) -> Ask:
    """Open ``path``."""
    return lambda page, held: page.go(path_of(f"GET {path}", held))


def on(path: str, **values: str) -> Ask:
    """Open ``path`` and send a form with ``values``."""

    def ask(page: Visitor, held: Held) -> None:
        page.go(path_of(f"GET {path}", held))
        fill(page.page, **values)

    return ask


def pressing(path: str, action: str) -> Ask:
    """Open ``path`` and press the button that goes to ``action`` (its end)."""

    def ask(page: Visitor, held: Held) -> None:
        page.go(path_of(f"GET {path}", held))
        press_to(page.page, action)

    return ask


def picture(page: Visitor, _held: Held) -> None:
    """The page with the picture to scan."""
    page.go("/account/second-factor")
    press(page.page.locator("main form").first)


def two_steps_on(page: Visitor, held: Held) -> None:
    """The page with the codes for when the phone is lost."""
    picture(page, held)
    fill(page.page, code=code_at(second_factor_secret(page.page)))


def release(page: Visitor, _held: Held) -> None:
    """A message is let out; the list says so."""
    page.go("/my/quarantine/")
    page.page.locator("main a[href*='/my/quarantine/']").first.click()
    press_to(page.page, "/release")


def delete(page: Visitor, held: Held) -> None:
    """A message of the quarantine is gone; the list says so."""
    page.go(f"/quarantine/{held.shared}/delete")
    press_to(page.page, "/delete")


def acting(act: str, **choices: str) -> Ask:
    """One of the forms of the page of an administrator."""

    def ask(page: Visitor, held: Held) -> None:
        page.go(path_of("GET /administrators/<name>", held))
        form = page.page.locator(f"main form:has(input[name=act][value={act}])")
        for name, value in choices.items():
            form.locator(f"[name={name}]").select_option(value)
        press(form)

    return ask


MAILBOX_PAGE, ALIAS_PAGE, DOMAIN_PAGE = (
    "/mailboxes/<address:address>",
    "/aliases/<address:address>",
    "/domains/second.test",
)
TWO = {"new": "another horse battery", "again": "another horse battery"}
DIFFERENT = {"new": "another horse battery", "again": "abc"}
LONG = "a-name-that-is-very-long-and-has-no-place-to-break-" * 4

ANSWERS = {
    # Anybody
    "nowhere": Answer(ANYBODY, going("/nowhere")),
    "wrong log-in": Answer(frozenset({Person.STRANGER}), on("/login", name="alice", password="not the password")),
    "dead link": Answer(ANYBODY, going("/invitation/abc")),
    "invited, passwords differ": Answer(ANYBODY, on("/invitation/<token>", **DIFFERENT)),
    # Who may not
    "forbidden": Answer(LOGGED_IN - OWN, going("/administrators/")),
    "forbidden to administrators": Answer(VIEW, going("/my/mail/")),
    "not mine": Answer(MAILBOX, going("/my/quarantine/00000000-0000-0000-0000-000000000000")),
    # The owner of a mailbox
    "device": Answer(MAILBOX, on("/my/app-passwords/", name="Laptop")),
    "device again": Answer(MAILBOX, on("/my/app-passwords/", name="Laptop")),
    "long name": Answer(MAILBOX, on("/my/app-passwords/", name=LONG)),
    "device revoked": Answer(MAILBOX, pressing("/my/app-passwords/", "/revoke")),
    "another device": Answer(MAILBOX, on("/my/app-passwords/", name="Tablet")),
    "all devices revoked": Answer(MAILBOX, pressing("/my/app-passwords/", "/revoke-all")),
    "filter": Answer(MAILBOX, on("/my/filters/add", name="Lists", text1="list@street.example", folder="Lists")),
    "filter without anything": Answer(MAILBOX, on("/my/filters/add", name=LONG)),
    "filter changed": Answer(MAILBOX, on("/my/filters/<int:place>", name="Others", text1="x")),
    "filter up": Answer(MAILBOX, pressing("/my/filters/", "/up")),
    "filter removed": Answer(MAILBOX, pressing("/my/filters/", "/remove")),
    "forwarded to nobody": Answer(MAILBOX, on("/my/forwarding/", targets="nobody")),
    "forwarded": Answer(MAILBOX, on("/my/forwarding/", targets="me@street.example")),
    "vacation that cannot be": Answer(MAILBOX, on("/my/vacation/", time_zone="Mars", text="Away.", days="x")),
    "vacation": Answer(MAILBOX, on("/my/vacation/", text="Away.", days="7")),
    "mail found": Answer(MAILBOX, going("/my/mail/?text=hello")),
    "mail not found": Answer(MAILBOX, going("/my/mail/?text=nobody")),
    "search too long": Answer(MAILBOX, going(f"/my/mail/?text={'a' * 300}")),
    "released": Answer(MAILBOX, release),
    # Administrators
    "bad domain": Answer(MANAGE, on("/domains/add", name="not a domain")),
    "too long": Answer(MANAGE, on("/domains/add", name="a" * 70_000)),
    "domain added": Answer(MANAGE, on("/domains/add", name="added.test")),
    "bad catch-all": Answer(MANAGE, on(DOMAIN_PAGE, catch_all="nobody@nowhere.test")),
    "catch-all": Answer(MANAGE, on(DOMAIN_PAGE, catch_all="you@home.test")),
    "domain not removed": Answer(MANAGE, on("/domains/home.test/remove", typed="something else")),
    "domain removed": Answer(MANAGE, on("/domains/added.test/remove", typed="added.test")),
    "bad mailbox": Answer(MANAGE, on("/mailboxes/add", address="you@nowhere.test", quota="much")),
    "mailbox added": Answer(MANAGE, on("/mailboxes/add", address="added@home.test", quota="1 GiB")),
    "bad quota": Answer(MANAGE, on(MAILBOX_PAGE, quota="much")),
    "quota": Answer(MANAGE, on(MAILBOX_PAGE, quota="2 GiB")),
    "new password": Answer(MANAGE, pressing(MAILBOX_PAGE, "/password")),
    "device of another revoked": Answer(OPERATE, pressing(MAILBOX_PAGE, "/revoke")),
    "app passwords required": Answer(MANAGE, pressing(MAILBOX_PAGE, "/app-passwords/require")),
    "disabled": Answer(OPERATE, pressing(MAILBOX_PAGE, "/disable")),
    "enabled": Answer(OPERATE, pressing(MAILBOX_PAGE, "/enable")),
    "mailbox not removed": Answer(MANAGE, on(f"{MAILBOX_PAGE}/remove", typed="something else")),
    "mailbox removed": Answer(MANAGE, on("/mailboxes/added@home.test/remove", typed="added@home.test")),
    "bad alias": Answer(MANAGE, on("/aliases/add", address="you@home.test", targets="nobody@home.test")),
    "alias added": Answer(MANAGE, on("/aliases/add", address="info@home.test", targets="you@home.test")),
    "bad targets": Answer(MANAGE, on(ALIAS_PAGE, targets="nobody@home.test")),
    "targets": Answer(MANAGE, on(ALIAS_PAGE, targets="you@home.test")),
    "alias removed": Answer(MANAGE, pressing(f"{ALIAS_PAGE}/remove", "/remove")),
    "let out": Answer(OPERATE, pressing("/quarantine/<delivery:which>", "/release")),
    "deleted": Answer(OPERATE, delete),
    # The owner of the house
    "invited already": Answer(OWN, on("/administrators/invite", name="adam")),
    "invited": Answer(OWN, on("/administrators/invite", name="walter")),
    "invitation withdrawn": Answer(OWN, pressing("/administrators/", "/withdraw")),
    "role": Answer(OWN, acting("role", role="viewer")),
    "new link": Answer(OWN, acting("invite-again")),
    "administrator disabled": Answer(OWN, acting("disable")),
    "administrator not removed": Answer(OWN, on("/administrators/<name>/remove", typed="something else")),
    "administrator removed": Answer(OWN, on("/administrators/<name>/remove", typed="adam")),
    # The own account
    "session ended": Answer(LOGGED_IN, pressing("/account/", "/end")),
    "other sessions ended": Answer(LOGGED_IN, pressing("/account/", "/end-others")),
    "not confirmed": Answer(LOGGED_IN, on("/confirm", password="not the password")),
    "passwords differ": Answer(LOGGED_IN, on("/account/password", old=PASSWORD, **DIFFERENT)),
    "two steps": Answer(LOGGED_IN, picture),
    "two steps wrong": Answer(LOGGED_IN, on("/account/second-factor/code", code="000000")),
    "two steps on": Answer(LOGGED_IN, two_steps_on),
    "account with two steps": Answer(LOGGED_IN, going("/account/")),
    "recovery codes": Answer(LOGGED_IN, pressing("/account/recovery-codes", "/recovery-codes")),
    "two steps off": Answer(LOGGED_IN, pressing("/account/second-factor/off", "/off")),
    "password changed": Answer(LOGGED_IN, on("/account/password", old=PASSWORD, **TWO)),
    "logged out": Answer(LOGGED_IN, pressing("/", "/logout")),
}
# What no answer asks for: the switch of the language has a test of its own, and who is in is not shown the log-in.
ELSEWHERE = {"POST /language": ANYBODY, "POST /login": LOGGED_IN}
