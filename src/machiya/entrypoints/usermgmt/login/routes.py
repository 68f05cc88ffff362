"""Logging in and out."""

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.cookies import ANONYMOUS, SESSION, drop_cookie, read_cookie, set_cookie
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import Answer, own_path

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def login_pages(desk: "Desk") -> Blueprint:
    """For administrators and for the owners of mailboxes alike."""
    pages = Blueprint("login", __name__)

    @pages.get("/login")
    @page(Visitors.ANYBODY)
    def form() -> Answer:
        if g.visitor:
            return redirect(own_path(request.args.get("next", "")), 303)
        return _page(Form())

    @pages.post("/login")
    @page(Visitors.ANYBODY)
    def submit() -> Answer:
        filled = Form(request.form)
        name, password, code = filled.text("name"), filled.secret("password"), filled.secret("code", needed=False)
        if filled.good:
            with filled.catching():
                return _entered(desk, name, password, code)
        return _page(filled), filled.status

    @pages.post("/logout")
    @page(Visitors.LOGGED_IN)
    def leave() -> Response:
        desk.access.log_out(read_cookie(request, SESSION))
        response = redirect(url_for("login.form"), 303)
        drop_cookie(request, response, SESSION)
        return response

    return pages


def _entered(desk: "Desk", name: str, password: str, code: str) -> Response:
    """Always a fresh session behind a new token: one that somebody planted in the browser ends."""
    logged_in = desk.access.log_in(
        name,
        password,
        code,
        client_address=g.client_address,
        user_agent=request.headers.get("User-Agent", ""),
        previous_token=read_cookie(request, SESSION),
    )
    response = redirect(own_path(request.form.get("next", "")), 303)
    set_cookie(request, response, SESSION, logged_in.token)
    drop_cookie(request, response, ANONYMOUS)
    return response


def _page(form: Form) -> str:
    after = own_path(request.values.get("next", ""))
    return render_template("login/login.html", form=form, next=after)
