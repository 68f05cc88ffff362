"""The app passwords of any mailbox, for administrators: which there are, revoking, requiring them."""

from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from machiya.access.model import Permission
from machiya.accounts import app_passwords, mailboxes
from machiya.core.addresses import EmailAddress
from machiya.entrypoints.usermgmt.app_passwords.own import told
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.ways import done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def app_password_pages(desk: "Desk") -> Blueprint:
    """For administrators; what they act on is shown on the page of the mailbox."""
    pages = Blueprint("app_passwords", __name__, url_prefix="/mailboxes")

    @pages.post("/<address:address>/app-passwords/<which>/revoke")
    @page(Permission.SWITCH)
    def revoke(address: EmailAddress, which: str) -> Response:
        work = desk.changing("app_password.revoke", address, id=which)
        gone = app_passwords.revoke_app_password(work, address, which, sessions=desk.house.sessions())
        return told(gone, url_for("mailboxes.show", address=address))

    @pages.post("/<address:address>/app-passwords/require")
    @page(Permission.MAILBOXES, fresh=True)
    def require(address: EmailAddress) -> Response:
        required, house = Form(request.form).ticked("required"), desk.house
        work = desk.changing("mailbox.change", address, app_passwords_required=required)
        mailboxes.change_mailbox(
            work, house.password_hasher(), address, app_passwords_required=required, sessions=house.sessions()
        )
        return done(url_for("mailboxes.show", address=address), marked("Changed."))

    return pages
