"""The first page, for whoever is logged in."""

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from machiya.entrypoints.usermgmt.pages import Visitors, page

if TYPE_CHECKING:
    from machiya.bootstrap import House


def overview_pages(house: "House") -> Blueprint:
    """What there is at a glance."""
    pages = Blueprint("overview", __name__)

    @pages.get("/")
    @page(Visitors.LOGGED_IN)
    def first() -> str:
        return render_template("overview/first.html")

    return pages
