"""The one renderer of errors: what happened, what to do, with the right status and in the visitor's language."""

from dataclasses import dataclass

import structlog
from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException

from machiya.access.throttle import TooManyAttempts
from machiya.core.errors import (
    AlreadyExists,
    ConfigurationError,
    Conflict,
    InvalidInput,
    MachiyaError,
    NotFound,
    Refused,
    Unauthorized,
    Unavailable,
)
from machiya.entrypoints.usermgmt.i18n.errors import in_words
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked

_log = structlog.get_logger()
_STATUSES: tuple[tuple[type[MachiyaError], int], ...] = (
    (Unauthorized, 401),
    (TooManyAttempts, 429),
    (Unavailable, 503),
    (ConfigurationError, 503),
    (Conflict, 409),
    (AlreadyExists, 409),
    (Refused, 409),
    (NotFound, 404),
    (InvalidInput, 400),
)


@dataclass(frozen=True, slots=True)
class Words:
    """A title, what happened and what to do, each a msgid."""

    title: str
    message: str
    hint: str


_UNKNOWN = Words(
    marked("Something went wrong"),
    marked("The house met a mistake of its own and could not answer."),
    marked("Try again. If it happens again, look at the log of usermgmt: machiya logs usermgmt."),
)
_HTTP: dict[int | str, Words] = {
    400: Words(
        marked("This request cannot be used"),
        marked("Something in it is missing or is not what the page expects."),
        marked("Go back, reload the page and try again."),
    ),
    401: Words(
        marked("You are not logged in"),
        marked("Your session has ended or was renewed, so this form was not carried out."),
        marked("If you pressed the button twice, the first time counted: look. Else log in and try again."),
    ),
    403: Words(
        marked("This is not for you"),
        marked("Your account may not do this. Nothing was changed."),
        marked("Ask an owner of this house if you need it."),
    ),
    404: Words(
        marked("There is no such page"),
        marked("The address leads nowhere, or what was here is gone."),
        marked("Start again from the first page."),
    ),
    405: Words(
        marked("Not possible in this way"),
        marked("This page does not take such a request."),
        marked("Start again from the first page."),
    ),
    413: Words(
        marked("Too much at once"),
        marked("What you sent is larger than any form of this site can be."),
        marked("Shorten it and try again."),
    ),
    "form": Words(
        marked("This form is not valid any more"),
        marked("It was not sent from a page of this site in your present session, so nothing was changed."),
        marked("Reload the page and send the form again."),
    ),
    "host": Words(
        marked("Not a name of this house"),
        marked("The browser asked for a host name under which these pages are not served."),
        marked("Use the address that the administrator of the house gave you."),
    ),
    "tls": Words(
        marked("Only over an encrypted connection"),
        marked("These pages are not served in the clear."),
        marked("Begin the address with https://."),
    ),
    "control": Words(
        marked("A character that cannot be used"),
        marked("A field contains a control character, such as a line end or a null. Nothing was changed."),
        marked("Type the value instead of pasting it, and send the form again."),
    ),
}


def status_of(error: MachiyaError) -> int:
    """The HTTP status of an expected error."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def install_errors(app: Flask) -> None:
    """Render every error of every page; no traceback leaves the house."""

    @app.errorhandler(MachiyaError)
    def expected(error: MachiyaError) -> tuple[str, int]:
        status = status_of(error)
        message, hint = in_words(error)
        title = gettext(_HTTP[404].title if status == 404 else _TITLE)  # noqa: PLR2004 – the status for "not found"
        return error_page(status, title, message, hint), status

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int]:
        status = error.code or 500
        words = _HTTP.get(error.description or "") or _HTTP.get(status, _UNKNOWN)
        return _page_of(status, words), status

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        _log.error("usermgmt.failed", method=request.method, endpoint=request.endpoint, exc_info=error)
        return _page_of(500, _UNKNOWN), 500


_TITLE = marked("That was not possible")


def _page_of(status: int, words: Words) -> str:
    return error_page(status, gettext(words.title), gettext(words.message), gettext(words.hint))


def error_page(status: int, title: str, message: str, hint: str) -> str:
    """The page itself."""
    return render_template("layout/error.html", status=status, title=title, message=message, hint=hint)
