"""Listing, adding, changing and removing mail domains."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from machiya.access.model import Permission
from machiya.accounts import domains
from machiya.core.addresses import DomainName, EmailAddress
from machiya.entrypoints.usermgmt.confirm.typed import typed_right
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def domain_pages(desk: "Desk") -> Blueprint:
    """For administrators."""
    pages = Blueprint("domains", __name__, url_prefix="/domains")
    _listing(pages, desk)
    _adding(pages, desk)
    _changing(pages, desk)
    _removing(pages, desk)
    return pages


def _listing(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/")
    @page(Permission.VIEW)
    def all_() -> str:
        return render_template("domains/list.html", domains=domains.list_domains(desk.reading()))

    @pages.get("/<domain:name>")
    @page(Permission.VIEW)
    def show(name: DomainName) -> str:
        return _shown(desk, name, Form())


def _adding(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/add")
    @page(Permission.MAILBOXES)
    def add_form() -> str:
        return render_template("domains/add.html", form=Form())

    @pages.post("/add")
    @page(Permission.MAILBOXES)
    def add() -> Answer:
        form = Form(request.form)
        name = form.parsed("name", DomainName.parse)
        if name is not None:
            with form.catching("name"):
                made = domains.add_domain(desk.changing("domain.add", name), desk.house.clock, name)
                target = url_for("domains.show", name=made.name)
                return done(target, marked("%(name)s is a domain of this house now."), name=made.name.unicode)
        return render_template("domains/add.html", form=form), form.status


def _changing(pages: Blueprint, desk: "Desk") -> None:
    @pages.post("/<domain:name>/catch-all")
    @page(Permission.MAILBOXES, fresh=True)
    def catch_all(name: DomainName) -> Answer:
        form = Form(request.form)
        target = form.parsed("catch_all", EmailAddress.parse, needed=False)
        if form.good:
            with form.catching("catch_all"):
                work = desk.changing("domain.change", name, catch_all=str(target or ""))
                domains.change_domain(work, name, catch_all=target)
                return done(url_for("domains.show", name=name), marked("The catch-all is changed."))
        return _shown(desk, name, form), form.status


def _removing(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/<domain:name>/remove")
    @page(Permission.MAILBOXES, fresh=True)
    def remove_form(name: DomainName) -> str:
        return _plan(desk, name, Form())

    @pages.post("/<domain:name>/remove")
    @page(Permission.MAILBOXES, fresh=True)
    def remove(name: DomainName) -> Answer:
        form = Form(request.form)
        if not typed_right(form, name.unicode, str(name)):
            return _plan(desk, name, form), 400
        return _removed(desk, name)


def _removed(desk: "Desk", name: DomainName) -> Response:
    house = desk.house
    work = desk.changing("domain.remove", name)
    report = domains.remove_domain(
        work,
        house.mailbox_files(),
        name,
        force=True,
        owner=desk.owner,
        sessions=house.sessions(),
        webmail=house.webmail_people(),
    )
    message = marked("%(name)s is removed. The mail of its mailboxes is put aside, not deleted.")
    if report.open_sessions:
        message = marked("%(name)s is removed. Mail programs that were logged in may still be: %(reason)s")
    return done(url_for("domains.all_"), message, name=name.unicode, reason=report.open_sessions)


def _shown(desk: "Desk", name: DomainName, form: Form) -> str:
    view = domains.show_domain(desk.reading(), name)
    form.values.setdefault("catch_all", view.domain.catch_all.unicode if view.domain.catch_all else "")
    return render_template("domains/show.html", view=view, form=form)


def _plan(desk: "Desk", name: DomainName, form: Form) -> str:
    plan = domains.plan_domain_removal(desk.reading(), desk.house.mailbox_files(), name, owner=desk.owner)
    return render_template("domains/remove.html", plan=plan, form=form)
