"""Reading and verifying the audit log."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from machiya.access.model import Permission
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.pages import page

if TYPE_CHECKING:
    from machiya.access.audit import Entry
    from machiya.entrypoints.usermgmt.desk import Desk

ON_A_PAGE = 50
LONGEST_NUMBER = 15


def audit_pages(desk: "Desk") -> Blueprint:
    """For administrators who may read it."""
    pages = Blueprint("audit", __name__, url_prefix="/audit")

    @pages.get("/")
    @page(Permission.AUDIT)
    def all_() -> str:
        form = Form(request.args)
        actor, target = form.text("actor", needed=False), form.text("target", needed=False)
        found = desk.access.audit.entries(
            ON_A_PAGE + 1, before=_number(request.args.get("before", "")), actor=actor, target=target
        )
        return render_template("audit/list.html", form=form, entries=found[:ON_A_PAGE], more=_more(found))

    @pages.get("/verify")
    @page(Permission.AUDIT)
    def verify() -> str:
        return render_template("audit/verify.html", verdict=desk.access.audit.verify())

    return pages


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def _more(found: "tuple[Entry, ...]") -> int | None:
    """Where the next page begins; None: there is none."""
    return found[ON_A_PAGE - 1].number if len(found) > ON_A_PAGE else None
