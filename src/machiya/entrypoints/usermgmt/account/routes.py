"""All pages of one's own account."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from machiya.entrypoints.usermgmt.account.password import password
from machiya.entrypoints.usermgmt.account.remaining import still_open
from machiya.entrypoints.usermgmt.account.second_factor import second_factor
from machiya.entrypoints.usermgmt.account.sessions import sessions
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.pages import Visitors, page

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def account_pages(desk: "Desk") -> Blueprint:
    """For whoever is logged in."""
    pages = Blueprint("account", __name__, url_prefix="/account")

    @pages.get("/")
    @page(Visitors.LOGGED_IN)
    def show() -> str:
        session = visitor().session
        return render_template(
            "account/show.html",
            factor=desk.access.second_factors.state(session.who),
            sessions=desk.access.sessions.list(session.who),
            present=session,
        )

    for part in (password, still_open, second_factor, sessions):
        part(pages, desk)
    return pages
