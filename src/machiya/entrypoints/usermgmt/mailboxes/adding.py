"""Adding a mailbox; its password is made by the house and shown once, in the answer to the form."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from machiya.access.model import Permission
from machiya.accounts import mailboxes
from machiya.core.addresses import EmailAddress
from machiya.core.sizes import exact_size, parse_size
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.ways import Answer

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def adding(pages: Blueprint, desk: "Desk") -> None:
    """Add the routes."""

    @pages.get("/add")
    @page(Permission.MAILBOXES)
    def add_form() -> str:
        quota = desk.house.settings.mail.default_quota
        form = Form(quota=exact_size(quota) if quota else "0")
        return render_template("mailboxes/add.html", form=form)

    @pages.post("/add")
    @page(Permission.MAILBOXES, fresh=True)
    def add() -> Answer:
        form = Form(request.form)
        address = form.parsed("address", EmailAddress.parse)
        quota = form.parsed("quota", parse_size)
        if address is not None and quota is not None:
            with form.catching("address"):
                return _added(desk, address, quota)
        return render_template("mailboxes/add.html", form=form), form.status


def _added(desk: "Desk", address: EmailAddress, quota: int) -> str:
    house = desk.house
    work = desk.changing("mailbox.add", address, quota_bytes=quota)
    saved = mailboxes.add_mailbox(work, house.clock, house.password_hasher(), address, quota_bytes=quota)
    return render_template("mailboxes/password.html", saved=saved, made=True)
