"""The first page, for whoever is logged in."""

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from machiya.accounts import app_passwords, domains, mailboxes
from machiya.core.addresses import EmailAddress
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.mailboxes.usage import PatientFiles
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.quarantine.items import items_for

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

DAY = timedelta(days=1)
STATES = (
    ("delivered", marked("delivered")),
    ("pending", marked("on their way")),
    ("quarantined", marked("set aside")),
    ("dead", marked("could not be delivered")),
)


def overview_pages(desk: "Desk") -> Blueprint:
    """What there is at a glance."""
    pages = Blueprint("overview", __name__)

    @pages.get("/")
    @page(Visitors.LOGGED_IN)
    def first() -> str:
        address = visitor().address
        return _of_house(desk) if address is None else _of_mailbox(desk, address)

    return pages


def _of_house(desk: "Desk") -> str:
    found = domains.list_domains(desk.reading())
    counts = desk.house.trace_reader().counts(desk.house.clock.now() - DAY)
    return render_template(
        "overview/house.html",
        domains=len(found),
        mailboxes=sum(view.mailboxes for view in found),
        aliases=sum(view.aliases for view in found),
        quarantined=len(items_for(desk.house, None)),
        day=[(word, counts.get(state, 0)) for state, word in STATES],
    )


def _of_mailbox(desk: "Desk", address: EmailAddress) -> str:
    view = mailboxes.show_mailbox(desk.reading(), PatientFiles(desk.house.mailbox_files()), address)
    return render_template(
        "overview/mailbox.html",
        view=view,
        devices=len(app_passwords.list_app_passwords(desk.reading(), address)),
        quarantined=len(items_for(desk.house, view.mailbox)),
    )
