"""What a route must declare before it may exist: who may come in, and what it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., object])

_ATTRIBUTE = "machiya_page"


class Visitors(StrEnum):
    """Who may come in where no administrator's permission is asked for."""

    ANYBODY = "anybody"
    LOGGED_IN = "logged in"
    OWNER = "mailbox owner"


@dataclass(frozen=True, slots=True)
class Page:
    """``permission``: of an administrator, or a word of ``Visitors``.

    ``fresh``: only with a password given a moment ago; the gate asks for it, and keeps the form meanwhile.
    ``multiline``: fields that may hold line ends.
    """

    permission: StrEnum
    fresh: bool = False
    multiline: frozenset[str] = frozenset()


# Every route that a stranger reaches; a page that says ANYBODY and is not here does not start.
PUBLIC = frozenset(
    {
        "healthz",
        "style",
        "icon",
        "login.form",
        "login.submit",
        "language.choose",
        "invitation.form",
        "invitation.accept",
    }
)


def page(permission: StrEnum, *, fresh: bool = False, multiline: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Declare who may reach a view."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, Page(permission, fresh, frozenset(multiline)))
        return view

    return declare


def page_of(app: Flask, endpoint: str) -> Page:
    """What the view behind ``endpoint`` declared.

    Raises:
        LookupError: nothing; such an app does not start.
    """
    found: Page | None = getattr(app.view_functions[endpoint], _ATTRIBUTE, None)
    if found is None:
        msg = f"the route {endpoint} does not declare who may reach it: @page(…)"
        raise LookupError(msg)
    return found


def check_pages(app: Flask) -> None:
    """Refuse to start with a route that says nothing, or that lets anybody in and is not listed.

    Raises:
        LookupError: naming the route.
    """
    for rule in app.url_map.iter_rules():
        declared = page_of(app, rule.endpoint)
        if (declared.permission is Visitors.ANYBODY) != (rule.endpoint in PUBLIC):
            msg = f"the route {rule.endpoint} is public and not listed, or listed and not public: pages.PUBLIC"
            raise LookupError(msg)
