"""Inviting an administrator: a link, shown once, by which they choose their password."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.access.model import Permission, Role
from machiya.entrypoints.usermgmt.administrators.links import invitation_link
from machiya.entrypoints.usermgmt.administrators.roles import role_choices
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def inviting(pages: Blueprint, desk: "Desk") -> None:
    """Add the routes."""

    @pages.get("/invite")
    @page(Permission.ADMINISTRATORS, fresh=True)
    def invite_form() -> str:
        return _page(Form(role=Role.VIEWER))

    @pages.post("/invite")
    @page(Permission.ADMINISTRATORS, fresh=True)
    def invite() -> Answer:
        form = Form(request.form)
        name, role = form.text("name"), form.text("role")
        if role not in set(Role):
            form.refuse("role", gettext("Choose one of these."))
        if form.good:
            with form.catching("name"):
                invited = desk.access.administrators.invite(name, Role(role), by=visitor().actor)
                return render_template("administrators/link.html", invited=invited, link=invitation_link(invited.token))
        return _page(form), form.status

    @pages.post("/<name>/withdraw")
    @page(Permission.ADMINISTRATORS)
    def withdraw(name: str) -> Response:
        desk.access.administrators.withdraw(name, by=visitor().actor)
        return done(url_for("administrators.all_"), marked("The invitation for %(name)s is withdrawn."), name=name)


def _page(form: Form) -> str:
    return render_template("administrators/invite.html", form=form, roles=role_choices(reversed(Role)))
