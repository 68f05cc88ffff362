"""Where is my mail: the journeys of one mailbox, for its owner."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.mail.own_trace import own_journeys, own_outgoing

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

SHOWN = 30
STATES = {
    "pending": marked("on its way"),
    "delivered": marked("delivered"),
    "quarantined": marked("in the quarantine"),
    "discarded": marked("deleted from the quarantine"),
    "dead": marked("could not be delivered"),
    "bounced": marked("came back"),
    "refused": marked("refused"),
    "deferred": marked("waits to be tried again"),
    "held": marked("put on hold"),
    "queued": marked("in the queue"),
    "relayed": marked("handed to the relay"),
}


def own_trace_pages(desk: "Desk") -> Blueprint:
    """For the owner of a mailbox."""
    pages = Blueprint("own_trace", __name__, url_prefix="/my/mail")

    @pages.get("/")
    @page(Visitors.OWNER)
    def search() -> str:
        form = Form(request.args)
        text = form.text("text", needed=False, longest=200)
        day = _day(form)
        since, until = day or (None, None)
        house, own = desk.house, desk.own_mailbox()
        incoming = own_journeys(
            house.trace_reader(), own.address, own.created_at, text=text, since=since, until=until, limit=SHOWN
        )
        outgoing = () if text or day else own_outgoing(house.outgoing_book(), own.address, own.created_at, limit=SHOWN)
        return render_template(
            "trace/own.html", form=form, incoming=incoming, outgoing=outgoing, state=lambda word: _state(str(word))
        )

    return pages


def _state(word: str) -> str:
    return gettext(STATES[word]) if word in STATES else word


def _day(form: Form) -> tuple[datetime, datetime] | None:
    """The day that was asked for, in this machine's time zone."""
    text = form.text("day", needed=False, longest=10)
    if not text:
        return None
    try:
        begin = datetime.combine(date.fromisoformat(text), time()).astimezone().astimezone(UTC)
        return begin, begin + timedelta(days=1)
    except (ValueError, OverflowError, OSError):
        form.refuse("day", gettext("This is no day."), gettext("Write it like 2026-11-23."))
        return None
