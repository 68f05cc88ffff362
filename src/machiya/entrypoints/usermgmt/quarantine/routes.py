"""The whole quarantine, for administrators."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.access.model import Permission
from machiya.core.identifiers import DeliveryId
from machiya.entrypoints.quarantine_desk import newer_mailboxes
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.quarantine.acting import delete, release
from machiya.entrypoints.usermgmt.quarantine.items import headers_of, item_for, items_for, until
from machiya.entrypoints.usermgmt.turning import leaf_of
from machiya.entrypoints.usermgmt.ways import done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

ON_A_PAGE = 50
RELEASED = marked("The message is released.")
NOT_TAKEN = marked("Not every mailbox took it, so it stays here for them: %(reason)s")


def quarantine_pages(desk: "Desk") -> Blueprint:
    """For administrators."""
    pages = Blueprint("quarantine", __name__, url_prefix="/quarantine")
    _looking(pages, desk)
    _acting(pages, desk)
    return pages


def _looking(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/")
    @page(Permission.VIEW)
    def all_() -> str:
        leaf = leaf_of(items_for(desk.house, None), request.args.get("page", ""), ON_A_PAGE)
        return render_template("quarantine/list.html", leaf=leaf)

    @pages.get("/<delivery:which>")
    @page(Permission.VIEW)
    def show(which: DeliveryId) -> str:
        return _shown(desk, which, "quarantine/show.html")

    @pages.get("/<delivery:which>/delete")
    @page(Permission.QUARANTINE, fresh=True)
    def delete_form(which: DeliveryId) -> str:
        return render_template("quarantine/delete.html", item=item_for(desk.house, which, None))


def _acting(pages: Blueprint, desk: "Desk") -> None:
    @pages.post("/<delivery:which>/release")
    @page(Permission.QUARANTINE)
    def let_out(which: DeliveryId) -> Response:
        item = item_for(desk.house, which, None)
        desk.note("quarantine.release", which, sender=item.sender, recipient=item.recipient)
        reason = release(desk.house, which, None)
        if reason:
            return done(url_for("quarantine.show", which=which), NOT_TAKEN, reason=reason)
        return done(url_for("quarantine.all_"), RELEASED)

    @pages.post("/<delivery:which>/delete")
    @page(Permission.QUARANTINE, fresh=True)
    def remove(which: DeliveryId) -> Response:
        item = item_for(desk.house, which, None)
        desk.note("quarantine.delete", which, sender=item.sender, recipient=item.recipient)
        delete(desk.house, which)
        return done(url_for("quarantine.all_"), marked("The message is deleted."))


def _shown(desk: "Desk", which: DeliveryId, template: str) -> str:
    house = desk.house
    item = item_for(house, which, None)
    lines, fault = headers_of(house, item)
    newer = newer_mailboxes(house, item)
    return render_template(template, item=item, until=until(house, item), lines=lines, fault=fault, newer=newer)
