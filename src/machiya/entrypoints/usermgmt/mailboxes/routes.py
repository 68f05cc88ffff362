"""All mailbox pages of administrators."""

from typing import TYPE_CHECKING

from flask import Blueprint

from machiya.entrypoints.usermgmt.mailboxes.adding import adding
from machiya.entrypoints.usermgmt.mailboxes.changing import changing
from machiya.entrypoints.usermgmt.mailboxes.listing import listing
from machiya.entrypoints.usermgmt.mailboxes.removing import removing

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def mailbox_pages(desk: "Desk") -> Blueprint:
    """For administrators."""
    pages = Blueprint("mailboxes", __name__, url_prefix="/mailboxes")
    for part in (listing, adding, changing, removing):
        part(pages, desk)
    return pages
