"""The log-in page."""

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.cookies import SESSION, drop_cookie
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import own_path

if TYPE_CHECKING:
    from machiya.bootstrap import House


def login_pages(house: "House") -> Blueprint:
    """For administrators and for the owners of mailboxes alike."""
    pages = Blueprint("login", __name__)

    @pages.get("/login")
    @page(Visitors.ANYBODY)
    def form() -> str:
        return _page(Form())

    @pages.post("/login")
    @page(Visitors.ANYBODY)
    def submit() -> tuple[str, int]:
        return _page(Form(request.form)), 401

    @pages.post("/logout")
    @page(Visitors.LOGGED_IN)
    def leave() -> Response:
        response = redirect(url_for("login.form"), 303)
        drop_cookie(request, response, SESSION)
        return response

    return pages


def _page(form: Form) -> str:
    after = own_path(request.values.get("next", ""))
    return render_template("login/login.html", form=form, next=after)
