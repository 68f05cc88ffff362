"""Removing a mailbox, after what is affected was shown and its address typed."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.access.model import Permission
from machiya.accounts import mailboxes
from machiya.core.addresses import EmailAddress
from machiya.entrypoints.usermgmt.confirm.typed import typed_right
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def removing(pages: Blueprint, desk: "Desk") -> None:
    """Add the routes."""

    @pages.get("/<address:address>/remove")
    @page(Permission.MAILBOXES, fresh=True)
    def remove_form(address: EmailAddress) -> str:
        return _plan(desk, address, Form())

    @pages.post("/<address:address>/remove")
    @page(Permission.MAILBOXES, fresh=True)
    def remove(address: EmailAddress) -> Answer:
        form = Form(request.form)
        if not typed_right(form, address.unicode, str(address)):
            return _plan(desk, address, form), 400
        return _removed(desk, address)


def _removed(desk: "Desk", address: EmailAddress) -> Response:
    house, work = desk.house, desk.changing("mailbox.remove", address)
    files = house.mailbox_files()
    report = mailboxes.remove_mailbox(
        work, files, address, owner=desk.owner, sessions=house.sessions(), webmail=house.webmail_people()
    )
    message = marked("%(name)s is removed. Its mail is put aside, not deleted.")
    if report.open_sessions:
        message = marked("%(name)s is removed. Mail programs that were logged in may still be: %(reason)s")
    return done(url_for("mailboxes.all_"), message, name=address.unicode, reason=report.open_sessions)


def _plan(desk: "Desk", address: EmailAddress, form: Form) -> str:
    files = desk.house.mailbox_files()
    plan = mailboxes.plan_mailbox_removal(desk.reading(), files, address, owner=desk.owner)
    return render_template("mailboxes/remove.html", plan=plan, form=form)
