"""An answer to whoever writes while its owner is away."""

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from machiya.accounts.rules.model import Vacation
from machiya.core.errors import InvalidInput
from machiya.entrypoints.usermgmt.desk import own_address
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.rules.saving import changing_rules, own_rules, saved
from machiya.entrypoints.usermgmt.ways import Answer
from machiya.settings import time_zone_here

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

LONGEST_TEXT = 10_000


def vacation_pages(desk: "Desk") -> Blueprint:
    """For the owner of a mailbox."""
    pages = Blueprint("vacation", __name__, url_prefix="/my/vacation")

    @pages.get("/")
    @page(Visitors.OWNER)
    def show() -> str:
        return _page(desk, filled_form(own_rules(desk).vacation))

    @pages.post("/")
    @page(Visitors.OWNER, multiline=("text",))
    def save() -> Answer:
        form = Form(request.form)
        wanted = read_vacation(form)
        if wanted is not None:
            with form.catching():
                return saved(
                    changing_rules(desk, "rules.vacation").set_vacation(own_address(), wanted), "vacation.show"
                )
        return _page(desk, form), form.status

    return pages


def filled_form(vacation: Vacation | None) -> Form:
    """The form as it is first seen."""
    now = vacation or Vacation(text="", time_zone=time_zone_here(), enabled=False)
    return Form(
        enabled="yes" if now.enabled else "",
        subject=now.subject,
        text=now.text,
        first_day=now.first_day or "",
        last_day=now.last_day or "",
        time_zone=now.time_zone,
        days=now.days,
    )


def read_vacation(form: Form) -> Vacation | None:
    """What the form says; None: something in it cannot be used."""
    enabled = form.ticked("enabled")
    subject, text = form.text("subject", needed=False, longest=200), form.text("text", longest=LONGEST_TEXT)
    first, last = form.parsed("first_day", _day, needed=False), form.parsed("last_day", _day, needed=False)
    zone, days = form.text("time_zone"), form.parsed("days", _count)
    if not form.good or days is None:
        return None
    return Vacation(text.replace("\r\n", "\n"), subject, first, last, zone, days, enabled)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text} is no day", hint="Write it like 2026-11-23.") from error


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(f"{text} is no number of days", hint="Write digits only, such as 7.")
    return int(text)


def _page(desk: "Desk", form: Form) -> str:
    return render_template("rules/vacation.html", form=form, carried_out=desk.house.in_containers)
