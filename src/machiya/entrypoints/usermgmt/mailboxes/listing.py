"""Listing and showing mailboxes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from machiya.access.model import Permission
from machiya.accounts import app_passwords, mailboxes
from machiya.accounts.model import Mailbox
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.sizes import exact_size
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.mailboxes.usage import PatientFiles
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.turning import Leaf, leaf_of

if TYPE_CHECKING:
    from machiya.accounts.ports import MailboxFiles
    from machiya.entrypoints.usermgmt.desk import Desk

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A mailbox of the list and how full it is."""

    mailbox: Mailbox
    usage_bytes: int


def listing(pages: Blueprint, desk: "Desk") -> None:
    """Add the routes."""

    @pages.get("/")
    @page(Permission.VIEW)
    def all_() -> str:
        domain = request.args.get("domain", "")
        found = mailboxes.list_mailboxes(desk.reading(), DomainName.parse(domain) if domain else None)
        leaf = leaf_of(found, request.args.get("page", ""), ON_A_PAGE)
        rows = _rows(leaf, PatientFiles(desk.house.mailbox_files()))
        return render_template("mailboxes/list.html", rows=rows, leaf=leaf, domain=domain)

    @pages.get("/<address:address>")
    @page(Permission.VIEW)
    def show(address: EmailAddress) -> str:
        return shown(desk, address, Form())


def _rows(leaf: Leaf[Mailbox], files: "MailboxFiles") -> list[Row]:
    return [Row(mailbox, files.usage_bytes(mailbox.address)) for mailbox in leaf.items]


def shown(desk: "Desk", address: EmailAddress, form: Form) -> str:
    """The page of one mailbox, with what was wrong in one of its forms."""
    view = mailboxes.show_mailbox(desk.reading(), PatientFiles(desk.house.mailbox_files()), address)
    quota = view.mailbox.quota_bytes
    form.values.setdefault("quota", exact_size(quota) if quota else "0")
    form.values.setdefault("required", "yes" if view.mailbox.app_passwords_required else "")
    found = app_passwords.list_app_passwords(desk.reading(), address)
    return render_template("mailboxes/show.html", view=view, form=form, found=found)
