"""Changing a mailbox: quota, on and off, a new password."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.access.model import Permission
from machiya.accounts import app_passwords, mailboxes
from machiya.accounts.mailboxes import MailboxSaved
from machiya.core.addresses import EmailAddress
from machiya.core.sizes import parse_size
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.mailboxes.listing import shown
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

_ON = marked("The mailbox is on again.")
_OFF = marked("The mailbox is off: it gets no mail, and nobody can log in to it.")


def changing(pages: Blueprint, desk: "Desk") -> None:
    """Add the routes."""

    @pages.post("/<address:address>/quota")
    @page(Permission.MAILBOXES)
    def quota(address: EmailAddress) -> Answer:
        form = Form(request.form)
        wanted = form.parsed("quota", parse_size)
        if wanted is not None:
            with form.catching("quota"):
                work = desk.changing("mailbox.change", address, quota_bytes=wanted)
                mailboxes.change_mailbox(work, desk.house.password_hasher(), address, quota_bytes=wanted)
                return done(url_for("mailboxes.show", address=address), marked("The quota is changed."))
        return shown(desk, address, form), form.status

    @pages.post("/<address:address>/enable")
    @page(Permission.SWITCH)
    def enable(address: EmailAddress) -> Response:
        return _switched(desk, address, on=True)

    @pages.post("/<address:address>/disable")
    @page(Permission.SWITCH)
    def disable(address: EmailAddress) -> Response:
        return _switched(desk, address, on=False)

    @pages.post("/<address:address>/password")
    @page(Permission.MAILBOXES, fresh=True)
    def password(address: EmailAddress) -> str:
        work = desk.changing("mailbox.password", address)
        house = desk.house
        saved = mailboxes.change_mailbox(
            work, house.password_hasher(), address, generate=True, sessions=house.sessions()
        )
        devices = app_passwords.list_app_passwords(desk.reading(), address)
        return render_template("mailboxes/password.html", saved=saved, made=False, devices=devices)


def _switched(desk: "Desk", address: EmailAddress, *, on: bool) -> Response:
    house = desk.house
    work = desk.changing("mailbox.enable" if on else "mailbox.disable", address)
    saved = mailboxes.change_mailbox(work, house.password_hasher(), address, enabled=on, sessions=house.sessions())
    return _told(saved, _ON if on else _OFF)


def _told(saved: MailboxSaved, message: str) -> Response:
    target = url_for("mailboxes.show", address=saved.mailbox.address)
    if saved.open_sessions:
        message = marked("Changed. Mail programs that were logged in may still be: %(reason)s")
    return done(target, message, reason=saved.open_sessions)
