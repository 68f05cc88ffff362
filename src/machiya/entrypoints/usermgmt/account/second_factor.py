"""Two-step log-in: turned on with an app on a phone, turned off, new recovery codes."""

import io
from contextlib import suppress
from typing import TYPE_CHECKING

import segno
from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from machiya.core.errors import Unauthorized
from machiya.entrypoints.usermgmt.confirm.asking import take_up
from machiya.entrypoints.usermgmt.desk import visitor
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import Answer, done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def second_factor(pages: Blueprint, desk: "Desk") -> None:
    """Add the routes."""
    _turning_on(pages, desk)
    _turning_off(pages, desk)

    @pages.get("/recovery-codes")
    @page(Visitors.LOGGED_IN, fresh=True)
    def recovery_form() -> str:
        state = desk.access.second_factors.state(visitor().session.who)
        return render_template("account/recovery_form.html", state=state)

    @pages.post("/recovery-codes")
    @page(Visitors.LOGGED_IN, fresh=True)
    def recovery() -> str:
        who = visitor().session.who
        codes = desk.access.second_factors.new_recovery_codes(who, by=visitor().actor)
        return render_template("account/recovery_codes.html", codes=codes)


def _turning_on(pages: Blueprint, desk: "Desk") -> None:
    factors = desk.access.second_factors

    @pages.get("/second-factor")
    @page(Visitors.LOGGED_IN, fresh=True)
    def factor_form() -> str:
        return render_template("account/second_factor.html", state=factors.state(visitor().session.who))

    @pages.post("/second-factor")
    @page(Visitors.LOGGED_IN, fresh=True)
    def factor_begin() -> str:
        enrolment = factors.begin(visitor().session.who)
        return render_template(
            "account/second_factor_code.html", form=Form(), secret=grouped(enrolment.secret), qr=qr_code(enrolment.uri)
        )

    @pages.get("/second-factor/code")
    @page(Visitors.LOGGED_IN, fresh=True)
    def factor_code() -> str:
        return render_template("account/second_factor_code.html", form=Form(), secret="", qr="")

    @pages.post("/second-factor/code")
    @page(Visitors.LOGGED_IN, fresh=True)
    def factor_confirm() -> Answer:
        form = Form(request.form)
        code = form.secret("code")
        if form.good:
            with form.catching("code"):
                present = visitor().session
                codes = factors.confirm(present.who, code, by=visitor().actor, but=present)
                with suppress(Unauthorized):  # ended from elsewhere meanwhile: the codes are shown all the same
                    take_up(desk.access.sessions.renew(present))  # a copy of this cookie took the password alone
                return render_template("account/recovery_codes.html", codes=codes, turned_on=True)
        return render_template("account/second_factor_code.html", form=form, secret="", qr=""), form.status


def _turning_off(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/second-factor/off")
    @page(Visitors.LOGGED_IN, fresh=True)
    def factor_off_form() -> str:
        return render_template("account/second_factor_off.html")

    @pages.post("/second-factor/off")
    @page(Visitors.LOGGED_IN, fresh=True)
    def factor_off() -> Response:
        desk.access.second_factors.turn_off(visitor().session.who, by=visitor().actor)
        return done(url_for("account.show"), marked("Two-step log-in is off."))


def qr_code(text: str) -> Markup:
    """An inline SVG that a phone reads; dark on light in either colour scheme."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        scale=4,
        border=2,
        dark="#000",
        light="#fff",
        nl=False,
        omitsize=True,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 – made by segno: shapes only, no text


def grouped(secret: str) -> str:
    """In fours, to be typed."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
