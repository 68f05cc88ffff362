"""The app passwords of one mailbox, for its owner."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.accounts import app_passwords
from machiya.accounts.app_passwords import AppPasswordsRevoked
from machiya.entrypoints.usermgmt.desk import own_address
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

_REVOKED = marked("%(name)s is revoked: this device cannot log in any more.")
_STILL_OPEN = marked("%(name)s is revoked. A mail program that was logged in may still be: %(reason)s")

_MANY = marked("There is no app password any more: no device can log in with one.")
_MANY_STILL_OPEN = marked(
    "There is no app password any more. Mail programs that were logged in may still be: %(reason)s"
)


def own_app_password_pages(desk: "Desk") -> Blueprint:
    """For the owner of a mailbox."""
    pages = Blueprint("own_app_passwords", __name__, url_prefix="/my/app-passwords")

    @pages.get("/")
    @page(Visitors.OWNER)
    def all_() -> str:
        return _page(desk, Form())

    @pages.post("/")
    @page(Visitors.OWNER, fresh=True)
    def add() -> Answer:
        form = Form(request.form)
        name = form.text("name")
        if form.good:
            with form.catching("name"):
                work = desk.changing("app_password.add", own_address(), name=name)
                made = app_passwords.add_app_password(work, desk.house.clock, own_address(), name)
                return render_template("app_passwords/made.html", made=made)
        return _page(desk, form), form.status

    @pages.post("/<which>/revoke")
    @page(Visitors.OWNER)
    def revoke(which: str) -> Response:
        work = desk.changing("app_password.revoke", own_address(), id=which)
        gone = app_passwords.revoke_app_password(work, own_address(), which, sessions=desk.house.sessions())
        return told(gone, url_for("own_app_passwords.all_"))

    @pages.post("/revoke-all")
    @page(Visitors.OWNER)
    def revoke_all() -> Response:
        work = desk.changing("app_password.revoke", own_address(), id="all")
        gone = app_passwords.revoke_app_passwords(work, own_address(), sessions=desk.house.sessions())
        return told(gone, url_for("own_app_passwords.all_"))

    return pages


def told(gone: AppPasswordsRevoked, target: str) -> Response:
    """On to ``target``, which says what was revoked, and whether somebody may still be logged in."""
    if len(gone.revoked) != 1:
        return done(target, _MANY_STILL_OPEN if gone.open_sessions else _MANY, reason=gone.open_sessions)
    name = gone.revoked[0].name
    return done(target, _STILL_OPEN if gone.open_sessions else _REVOKED, name=name, reason=gone.open_sessions)


def _page(desk: "Desk", form: Form) -> str:
    found = app_passwords.list_app_passwords(desk.reading(), own_address())
    return render_template("app_passwords/own.html", form=form, found=found)
