"""Where one is logged in, and ending that."""

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.cookies import SESSION, drop_cookie
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def sessions(pages: Blueprint, desk: "Desk") -> None:
    """Add the routes."""

    @pages.post("/sessions/<which>/end")
    @page(Visitors.LOGGED_IN)
    def end_session(which: str) -> Response:
        present = visitor().session
        desk.access.sessions.end(which, who=present.who, by=visitor().actor)
        if which == present.id:
            response = redirect(url_for("login.form"), 303)
            drop_cookie(request, response, SESSION)
            return response
        return done(url_for("account.show"), marked("The session is over."))

    @pages.post("/sessions/end-others")
    @page(Visitors.LOGGED_IN)
    def end_others() -> Response:
        present = visitor().session
        desk.access.sessions.end_all(present.who, by=visitor().actor, but=present)
        return done(url_for("account.show"), marked("All other sessions are over."))
