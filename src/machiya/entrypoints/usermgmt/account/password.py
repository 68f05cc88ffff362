"""One's own password."""

from typing import TYPE_CHECKING

from flask import Blueprint, g, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.access.model import LoggedIn, Permission
from machiya.accounts.owners import change_own_password
from machiya.core.addresses import EmailAddress
from machiya.entrypoints.usermgmt.account.remaining import remaining
from machiya.entrypoints.usermgmt.confirm.asking import take_up
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

CHANGED = marked("Your password is changed. Other sessions of yours are over.")
STILL_OPEN = marked("Your password is changed. Mail programs that were logged in may still be: %(reason)s")

INVITED = marked(
    "Your password is changed. Your invitations are still open: %(names)s. Withdraw those that you did not make."
)
_NAMED = 10


def password(pages: Blueprint, desk: "Desk") -> None:
    """Add the routes."""

    @pages.get("/password")
    @page(Visitors.LOGGED_IN)
    def password_form() -> str:
        return _page(desk, Form())

    @pages.post("/password")
    @page(Visitors.LOGGED_IN)
    def change_password() -> Answer:
        form = Form(request.form)
        old, new, again = form.secret("old"), form.secret("new"), form.secret("again")
        code = form.secret("code", needed=False)
        if form.good and new != again:
            form.refuse("again", gettext("This is not the same as the new password."))
        if form.good:
            with form.catching():
                return _changed(desk, old, new, code)
        return _page(desk, form), form.status


def _changed(desk: "Desk", old: str, new: str, code: str) -> Response:
    address = visitor().address
    renewed, reason = (
        _of_administrator(desk, old, new, code) if address is None else _of_owner(desk, address, old, new, code)
    )
    take_up(renewed)  # first: whatever fails from here on, the password is changed
    if address is None:
        return _told_of_invitations(desk) or done(url_for("account.show"), CHANGED)
    target = url_for("account.still_open_page" if remaining(desk, address) else "account.show")
    return done(target, STILL_OPEN if reason else CHANGED, reason=reason)


def _told_of_invitations(desk: "Desk") -> Response | None:
    """Whoever knew the old password may have invited somebody with it."""
    if not visitor().may(Permission.ADMINISTRATORS):
        return None
    made = [one.name for one in desk.access.administrators.invitations() if one.invited_by == visitor().actor]
    if not made:
        return None
    return done(url_for("administrators.all_"), INVITED, names=", ".join(made[:_NAMED]))


def _of_administrator(desk: "Desk", old: str, new: str, code: str) -> tuple[LoggedIn, str]:
    session = visitor().session
    return desk.access.login.change_password(session, old, new, code, client_address=g.client_address), ""


def _of_owner(desk: "Desk", address: EmailAddress, old: str, new: str, code: str) -> tuple[LoggedIn, str]:
    """Proved first where attempts are counted; the sessions of before rest on the old password and are over."""
    house, session = desk.house, visitor().session
    desk.access.login.prove(session, old, code, client_address=g.client_address)
    work = desk.changing("mailbox.password", address)
    saved = change_own_password(work, house.password_hasher(), address, old, new, sessions=house.sessions())
    return desk.access.sessions.renew(session), saved.open_sessions


def _page(desk: "Desk", form: Form) -> str:
    factor = desk.access.second_factors.state(visitor().session.who)
    return render_template("account/password.html", form=form, factor=factor)
