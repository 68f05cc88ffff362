"""Mail that goes on to other addresses."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from machiya.accounts.rules.model import Forwarding
from machiya.entrypoints.usermgmt.aliases.routes import parse_targets
from machiya.entrypoints.usermgmt.desk import own_address
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.rules.saving import changing_rules, own_rules, saved
from machiya.entrypoints.usermgmt.ways import Answer

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def forwarding_pages(desk: "Desk") -> Blueprint:
    """For the owner of a mailbox."""
    pages = Blueprint("forwarding", __name__, url_prefix="/my/forwarding")

    @pages.get("/")
    @page(Visitors.OWNER)
    def show() -> str:
        return _page(desk, filled_form(own_rules(desk).forwarding))

    @pages.post("/")
    @page(Visitors.OWNER, fresh=True, multiline=("targets",))
    def save() -> Answer:
        form = Form(request.form)
        enabled, keep = form.ticked("enabled"), form.ticked("keep_copy")
        targets = form.parsed("targets", parse_targets, needed=enabled)
        if form.good:
            wanted = Forwarding(targets, keep, enabled) if targets else None
            with form.catching("targets"):
                outcome = changing_rules(desk, "rules.forwarding").set_forwarding(own_address(), wanted)
                return saved(outcome, "forwarding.show")
        return _page(desk, form), form.status

    return pages


def filled_form(forwarding: Forwarding | None) -> Form:
    """The form as it is first seen."""
    now = forwarding or Forwarding((), enabled=False)
    return Form(
        enabled="yes" if now.enabled else "",
        keep_copy="yes" if now.keep_copy else "",
        targets="\n".join(target.unicode for target in now.targets),
    )


def _page(desk: "Desk", form: Form) -> str:
    return render_template("rules/forwarding.html", form=form, carried_out=desk.house.in_containers)
