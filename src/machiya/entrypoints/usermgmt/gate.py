"""The one gate in front of every page: whom it lets in, and with what."""

import unicodedata
from collections.abc import Iterable

from flask import Flask, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.confirm.asking import Asking, carry_renewed_session
from machiya.entrypoints.usermgmt.cookies import SESSION, read_cookie
from machiya.entrypoints.usermgmt.csrf import SAFE_METHODS, require_own_form
from machiya.entrypoints.usermgmt.pages import Page, Visitors, page_of
from machiya.entrypoints.usermgmt.serving import Serving, client_address, host_of, on_loopback
from machiya.entrypoints.usermgmt.visitor import Visitor, Visits
from machiya.entrypoints.usermgmt.ways import Answer, page_asked, path_asked

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LINE_ENDS = str.maketrans("", "", "\r\n")


def install_gate(app: Flask, serving: Serving, visits: Visits, ask_again: Asking) -> None:
    """Ask of every request, before anything else happens."""
    app.after_request(carry_renewed_session)

    @app.before_request
    def gate() -> Answer | None:
        _check_way(serving)
        g.client_address = client_address(request, serving)
        g.visitor = visits.of(read_cookie(request, SESSION))
        if request.endpoint is None:
            return None  # no such page or method: the errors 404 and 405
        declared = page_of(app, request.endpoint)
        _check_texts(declared)
        return _admit(declared, g.visitor, ask_again)


def _admit(declared: Page, visitor: Visitor | None, ask_again: Asking) -> Answer | None:
    if declared.permission is not Visitors.ANYBODY:
        if visitor is None:
            return _to_login()
        if not visitor.may(declared.permission):
            abort(403)
    if request.method not in SAFE_METHODS:
        require_own_form(request, logged_in=visitor is not None)
    if declared.fresh and visitor is not None and not visitor.fresh:
        if request.method not in SAFE_METHODS:
            return ask_again()
        return redirect(url_for("confirm.form", next=path_asked()), 303)
    return None


def _to_login() -> Response:
    """A page is shown after the log-in; a form that was sent is not sent again by itself."""
    if request.method not in SAFE_METHODS:
        abort(401)
    return redirect(url_for("login.form", next=page_asked(request)), 303)


def _check_way(serving: Serving) -> None:
    """Under a name of this house, and encrypted – or without leaving this machine."""
    if host_of(request) not in serving.hosts:
        abort(400, "host")
    if not request.is_secure and not (serving.plain_on_loopback and on_loopback(request)):
        abort(400, "tls")


def _check_texts(declared: Page) -> None:
    """Control characters have no business in any field, path or query; line ends only where a page says so."""
    fields = [*request.args.items(multi=True), *request.form.items(multi=True)]
    for name, value in (("", request.path), *fields):
        plain = value.translate(_LINE_ENDS) if name in declared.multiline else value
        if has_controls((name, plain)):
            abort(400, "control")


def has_controls(texts: Iterable[str]) -> bool:
    """Whether one of them holds a control character, half a surrogate pair, or a line or paragraph separator."""
    return any(unicodedata.category(character) in _REFUSED_CATEGORIES for text in texts for character in text)
