"""Listing, inviting, changing and removing administrators; for owners of the house."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.access.model import Permission, Role
from machiya.entrypoints.usermgmt.administrators.changing import change
from machiya.entrypoints.usermgmt.administrators.inviting import inviting
from machiya.entrypoints.usermgmt.administrators.roles import role_choices
from machiya.entrypoints.usermgmt.confirm.typed import typed_right
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def administrator_pages(desk: "Desk") -> Blueprint:
    """For owners of the house."""
    pages = Blueprint("administrators", __name__, url_prefix="/administrators")

    @pages.get("/")
    @page(Permission.ADMINISTRATORS)
    def all_() -> str:
        people = desk.access.administrators
        return render_template("administrators/list.html", people=people.list(), invitations=people.invitations())

    inviting(pages, desk)
    _one(pages, desk)
    _removing(pages, desk)
    return pages


def _one(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/<name>")
    @page(Permission.ADMINISTRATORS, fresh=True)
    def show(name: str) -> str:
        return _shown(desk, name, Form())

    @pages.post("/<name>")
    @page(Permission.ADMINISTRATORS, fresh=True)
    def act(name: str) -> Answer:
        form = Form(request.form)
        with form.catching():
            return change(desk, name, form)
        return _shown(desk, name, form), form.status


def _removing(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/<name>/remove")
    @page(Permission.ADMINISTRATORS, fresh=True)
    def remove_form(name: str) -> str:
        return _plan(desk, name, Form())

    @pages.post("/<name>/remove")
    @page(Permission.ADMINISTRATORS, fresh=True)
    def remove(name: str) -> Answer:
        form = Form(request.form)
        if typed_right(form, name):
            with form.catching():
                return _removed(desk, name)
        return _plan(desk, name, form), form.status


def _removed(desk: "Desk", name: str) -> Response:
    desk.access.administrators.remove(name, by=visitor().actor)
    return done(url_for("administrators.all_"), marked("%(name)s is removed."), name=name)


def _plan(desk: "Desk", name: str, form: Form) -> str:
    return render_template("administrators/remove.html", person=desk.access.administrators.find(name), form=form)


def _shown(desk: "Desk", name: str, form: Form) -> str:
    person = desk.access.administrators.find(name)
    form.values.setdefault("role", str(person.role))
    return render_template(
        "administrators/show.html",
        person=person,
        form=form,
        roles=role_choices(Role),
        factor=desk.access.second_factors.state(person.who),
        sessions=desk.access.sessions.list(person.who),
    )
