"""Who comes to the pages, and how their browsers hold a session."""

from dataclasses import dataclass
from enum import StrEnum

from flask import Flask

from fakes.caller import HOST, Caller
from fakes.furnished_house import PASSWORD

SESSION_COOKIE = "__Host-machiya-session"


class Person(StrEnum):
    """A stranger, the owner of a mailbox, and an administrator of each role."""

    STRANGER = "stranger"
    MAILBOX = "mailbox"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    OWNER = "owner"


@dataclass(frozen=True)
class LogIn:
    """What somebody types at the log-in."""

    name: str

    def log_in(self, app: Flask) -> str:
        """The token of a new session."""
        caller = Caller(app)
        answer = caller.log_in(self.name, PASSWORD)
        assert answer.status_code == 303, answer.text
        return token_of(caller)


PEOPLE = {
    Person.MAILBOX: LogIn("you@home.test"),
    Person.VIEWER: LogIn("vera"),
    Person.OPERATOR: LogIn("olga"),
    Person.ADMINISTRATOR: LogIn("adam"),
    Person.OWNER: LogIn("alice"),
}


def token_of(caller: Caller) -> str:
    """The session's token; empty: there is none."""
    cookie = caller.client.get_cookie(SESSION_COOKIE, domain=HOST)
    return cookie.value if cookie is not None else ""


def session_of(caller: Caller, token: str) -> None:
    """Give a browser a session."""
    caller.client.set_cookie(SESSION_COOKIE, token, domain=HOST, secure=True, httponly=True)
