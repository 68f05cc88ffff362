"""What can be changed about one administrator: one form an act, all to the same address."""

from typing import TYPE_CHECKING

from flask import abort, render_template, url_for

from machiya.access.model import Role
from machiya.entrypoints.usermgmt.administrators.links import invitation_link
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

_DONE = {
    "disable": marked("%(name)s cannot log in any more."),
    "enable": marked("%(name)s can log in again."),
    "end-sessions": marked("%(name)s is logged out everywhere."),
    "factor-off": marked("Two-step log-in of %(name)s is off."),
    "role": marked("The role of %(name)s is changed."),
}


def change(desk: "Desk", name: str, form: Form) -> Answer:
    """Do what the form's ``act`` says.

    Raises:
        NotFound, Refused: as the house says.
    """
    act, by = form.text("act"), visitor().actor
    if act == "invite-again":
        invited = desk.access.administrators.invite_again(name, by=by)
        return render_template("administrators/link.html", invited=invited, link=invitation_link(invited.token))
    if act not in _DONE:
        abort(400)
    _acted(desk, name, act, by, form)
    return done(url_for("administrators.all_"), _DONE[act], name=name)


def _acted(desk: "Desk", name: str, act: str, by: str, form: Form) -> None:
    people = desk.access.administrators
    if act == "role":
        people.change_role(name, _role(form), by=by)
    elif act == "disable":
        people.disable(name, by=by)
    elif act == "enable":
        people.enable(name, by=by)
    elif act == "end-sessions":
        desk.access.sessions.end_all(people.find(name).who, by=by)
    elif act == "factor-off":
        desk.access.second_factors.turn_off(people.find(name).who, by=by)


def _role(form: Form) -> Role:
    wanted = form.text("role")
    if wanted not in set(Role):
        abort(400)
    return Role(wanted)
