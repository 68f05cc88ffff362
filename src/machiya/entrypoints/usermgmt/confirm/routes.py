"""The password once more, before something dangerous."""

from typing import TYPE_CHECKING

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.confirm.asking import take_up
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import Answer, own_path

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def confirm_pages(desk: "Desk") -> Blueprint:
    """For whoever is logged in."""
    pages = Blueprint("confirm", __name__)

    @pages.get("/confirm")
    @page(Visitors.LOGGED_IN)
    def form() -> str:
        return _page(desk, Form())

    @pages.post("/confirm")
    @page(Visitors.LOGGED_IN)
    def submit() -> Answer:
        filled = Form(request.form)
        password, code = filled.secret("password"), filled.secret("code", needed=False)
        if filled.good:
            with filled.catching("password"):
                return _confirmed(desk, password, code)
        return _page(desk, filled), filled.status

    return pages


def _confirmed(desk: "Desk", password: str, code: str) -> Response:
    session = visitor().session
    take_up(desk.access.login.reauthenticate(session, password, code, client_address=g.client_address))
    return redirect(own_path(request.form.get("next", "")), 303)


def _page(desk: "Desk", form: Form) -> str:
    after = own_path(request.values.get("next", ""))
    factor = desk.access.second_factors.state(visitor().session.who)
    return render_template("confirm/confirm.html", form=form, next=after, factor=factor)
