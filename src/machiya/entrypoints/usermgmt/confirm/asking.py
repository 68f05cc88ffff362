"""A dangerous form that came too long after the password: kept in the page that asks once more."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response as FlaskResponse
from flask import g, render_template, request

from machiya.access.model import LoggedIn
from machiya.core.errors import Unavailable
from machiya.entrypoints.usermgmt.cookies import SESSION, set_cookie
from machiya.entrypoints.usermgmt.csrf import FIELD
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.errors import status_of
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.errors import in_words
from machiya.entrypoints.usermgmt.visitor import Visitor
from machiya.entrypoints.usermgmt.ways import Answer, own_path, page_asked

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

PASSWORD, CODE, BACK = "confirm_password", "confirm_code", "confirm_back"
# A code of the form itself is old by the time the password is typed; the form asks for it again.
_NOT_KEPT = frozenset({FIELD, BACK, PASSWORD, CODE, "code"})
Asking = Callable[[], Answer | None]


def asking_again(desk: "Desk") -> Asking:
    """What the gate does with a form that needs the password: None lets it through, now with a fresh session."""

    def ask() -> Answer | None:
        form, status = Form(), 401
        g.page_before = own_path(request.form.get(BACK) or page_asked(request))
        if PASSWORD in request.form:
            form = Form(request.form)
            password, code = form.secret(PASSWORD), form.secret(CODE, needed=False)
            if form.good:
                try:
                    with form.catching(PASSWORD):
                        _renew(desk, password, code)
                        return None
                except Unavailable as error:
                    form.refuse(PASSWORD, *in_words(error))
                    form.status = status_of(error)
            status = form.status
        return _page(desk, form), status

    return ask


def carry_renewed_session(response: FlaskResponse) -> FlaskResponse:
    """Whatever the form came to, the browser gets the token of the session that ``asking_again`` made fresh."""
    token = g.get("renewed_token")
    if token:
        set_cookie(request, response, SESSION, token)
    return response


def take_up(renewed: LoggedIn) -> None:
    """Go on in this request as the renewed session; ``carry_renewed_session`` gives its token to the browser."""
    g.visitor, g.renewed_token = Visitor(renewed.session, fresh=True), renewed.token


def _renew(desk: "Desk", password: str, code: str) -> None:
    take_up(desk.access.login.reauthenticate(visitor().session, password, code, client_address=g.client_address))


def _page(desk: "Desk", form: Form) -> str:
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_KEPT]
    factor = desk.access.second_factors.state(visitor().session.who)
    return render_template("confirm/again.html", form=form, kept=kept, factor=factor)
