"""The quarantine of one mailbox, for its owner, who may let messages out to the own mailbox only."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from machiya.core.identifiers import DeliveryId
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.quarantine.acting import release
from machiya.entrypoints.usermgmt.quarantine.items import headers_of, item_for, items_for, until
from machiya.entrypoints.usermgmt.quarantine.routes import NOT_TAKEN, RELEASED
from machiya.entrypoints.usermgmt.ways import done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def own_quarantine_pages(desk: "Desk") -> Blueprint:
    """For the owner of a mailbox."""
    pages = Blueprint("own_quarantine", __name__, url_prefix="/my/quarantine")
    house = desk.house

    @pages.get("/")
    @page(Visitors.OWNER)
    def all_() -> str:
        return render_template("quarantine/own_list.html", items=items_for(house, desk.own_mailbox()))

    @pages.get("/<delivery:which>")
    @page(Visitors.OWNER)
    def show(which: DeliveryId) -> str:
        item = item_for(house, which, desk.own_mailbox())
        lines, fault = headers_of(house, item)
        return render_template(
            "quarantine/own_show.html", item=item, until=until(house, item), lines=lines, fault=fault
        )

    @pages.post("/<delivery:which>/release")
    @page(Visitors.OWNER)
    def let_out(which: DeliveryId) -> Response:
        mailbox = desk.own_mailbox()
        item = item_for(house, which, mailbox)
        desk.note("quarantine.release", which, sender=item.sender, recipient=str(mailbox.address))
        reason = release(house, which, mailbox)
        if reason:
            return done(url_for("own_quarantine.show", which=which), NOT_TAKEN, reason=reason)
        return done(url_for("own_quarantine.all_"), RELEASED)

    return pages
