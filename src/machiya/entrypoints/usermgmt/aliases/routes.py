"""Listing, adding, changing and removing aliases."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for

from machiya.access.model import Permission
from machiya.accounts import aliases
from machiya.core.addresses import DomainName, EmailAddress
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.turning import leaf_of
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

ON_A_PAGE = 100


def alias_pages(desk: "Desk") -> Blueprint:
    """For administrators."""
    pages = Blueprint("aliases", __name__, url_prefix="/aliases")
    for part in (_listing, _adding, _changing, _removing):
        part(pages, desk)
    return pages


def _listing(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/")
    @page(Permission.VIEW)
    def all_() -> str:
        domain = request.args.get("domain", "")
        found = aliases.list_aliases(desk.reading(), DomainName.parse(domain) if domain else None)
        leaf = leaf_of(found, request.args.get("page", ""), ON_A_PAGE)
        return render_template("aliases/list.html", leaf=leaf, domain=domain)

    @pages.get("/<address:address>")
    @page(Permission.VIEW)
    def show(address: EmailAddress) -> str:
        return _shown(desk, address, Form())


def _adding(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/add")
    @page(Permission.MAILBOXES)
    def add_form() -> str:
        return render_template("aliases/add.html", form=Form())

    @pages.post("/add")
    @page(Permission.MAILBOXES, fresh=True, multiline=("targets",))
    def add() -> Answer:
        form = Form(request.form)
        address = form.parsed("address", EmailAddress.parse)
        targets = form.parsed("targets", parse_targets)
        if address is not None and targets is not None:
            with form.catching("address"):
                work = desk.changing("alias.add", address, targets=_written(targets))
                aliases.add_alias(work, desk.house.clock, address, targets)
                message = marked("%(name)s is an alias now.")
                return done(url_for("aliases.show", address=address), message, name=address.unicode)
        return render_template("aliases/add.html", form=form), form.status


def _changing(pages: Blueprint, desk: "Desk") -> None:
    @pages.post("/<address:address>/targets")
    @page(Permission.MAILBOXES, fresh=True, multiline=("targets",))
    def change(address: EmailAddress) -> Answer:
        form = Form(request.form)
        targets = form.parsed("targets", parse_targets)
        if targets is not None:
            with form.catching("targets"):
                work = desk.changing("alias.change", address, targets=_written(targets))
                aliases.change_alias(work, address, targets)
                return done(url_for("aliases.show", address=address), marked("The alias is changed."))
        return _shown(desk, address, form), form.status


def _removing(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/<address:address>/remove")
    @page(Permission.MAILBOXES, fresh=True)
    def remove_form(address: EmailAddress) -> str:
        plan = aliases.plan_alias_removal(desk.reading(), address)
        return render_template("aliases/remove.html", plan=plan)

    @pages.post("/<address:address>/remove")
    @page(Permission.MAILBOXES, fresh=True)
    def remove(address: EmailAddress) -> Answer:
        aliases.remove_alias(desk.changing("alias.remove", address), address)
        return done(url_for("aliases.all_"), marked("%(name)s is removed."), name=address.unicode)


def parse_targets(text: str) -> tuple[EmailAddress, ...]:
    """One address a line, or with commas between them.

    Raises:
        InvalidAddress: one of them is none.
    """
    return tuple(EmailAddress.parse(piece) for piece in text.replace(",", " ").split())


def _written(targets: tuple[EmailAddress, ...]) -> str:
    return " ".join(map(str, targets))


def _shown(desk: "Desk", address: EmailAddress, form: Form) -> str:
    view = aliases.show_alias(desk.reading(), address)
    form.values.setdefault("targets", "\n".join(target.unicode for target in view.alias.targets))
    return render_template("aliases/show.html", view=view, form=form)
