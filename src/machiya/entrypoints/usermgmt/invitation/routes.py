"""Choosing the first (or a new) password with a one-time link."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for

from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def invitation_pages(desk: "Desk") -> Blueprint:
    """For whoever has the link; looking at it uses nothing up."""
    pages = Blueprint("invitation", __name__, url_prefix="/invitation")

    @pages.get("/<token>")
    @page(Visitors.ANYBODY)
    def form(token: str) -> str:
        return _page(desk, token, Form())

    @pages.post("/<token>")
    @page(Visitors.ANYBODY)
    def accept(token: str) -> Answer:
        filled = Form(request.form)
        new, again = filled.secret("new"), filled.secret("again")
        if filled.good and new != again:
            filled.refuse("again", gettext("This is not the same as the new password."))
        if filled.good:
            with filled.catching("new"):
                person = desk.access.administrators.accept(token, new)
                message = marked("Welcome, %(name)s. Log in with your name and the new password.")
                return done(url_for("login.form"), message, name=person.name)
        return _page(desk, token, filled), filled.status

    return pages


def _page(desk: "Desk", token: str, form: Form) -> str:
    return render_template("invitation/form.html", form=form, invitation=desk.access.administrators.invitation(token))
