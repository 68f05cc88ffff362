"""Listing, adding, changing, moving and removing filters; each is named by its place and its name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from machiya.accounts.rules.model import Filter
from machiya.core.errors import Conflict, NotFound
from machiya.entrypoints.usermgmt.desk import own_address
from machiya.entrypoints.usermgmt.forms import Form
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.rules.filter_form import ROWS, choices, empty_form, filled_form, read_filter
from machiya.entrypoints.usermgmt.rules.saving import changing_rules, own_rules, saved
from machiya.entrypoints.usermgmt.rules.words import action_words, condition_words
from machiya.entrypoints.usermgmt.ways import Answer

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


def filter_pages(desk: "Desk") -> Blueprint:
    """For the owner of a mailbox."""
    pages = Blueprint("filters", __name__, url_prefix="/my/filters")

    @pages.get("/")
    @page(Visitors.OWNER)
    def all_() -> str:
        return render_template(
            "rules/filters.html",
            filters=own_rules(desk).filters,
            condition_words=condition_words,
            action_words=action_words,
            carried_out=desk.house.in_containers,
        )

    _adding(pages, desk)
    _changing(pages, desk)
    _ordering(pages, desk)
    return pages


def _adding(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/add")
    @page(Visitors.OWNER)
    def add_form() -> str:
        return _page(empty_form(), ROWS)

    @pages.post("/add")
    @page(Visitors.OWNER, fresh=True, multiline=("forward_to",))
    def add() -> Answer:
        form = Form(request.form)
        made = read_filter(form, ROWS)
        if made is not None:
            with form.catching("name"):
                return _saved(desk, (*own_rules(desk).filters, made))
        return _page(form, ROWS), form.status


def _changing(pages: Blueprint, desk: "Desk") -> None:
    @pages.get("/<int:place>")
    @page(Visitors.OWNER)
    def change_form(place: int) -> str:
        one = _at(own_rules(desk).filters, place)
        return _page(filled_form(one), _rows(one), one)

    @pages.post("/<int:place>")
    @page(Visitors.OWNER, fresh=True, multiline=("forward_to",))
    def change(place: int) -> Answer:
        filters = own_rules(desk).filters
        before, form = _named(filters, place), Form(request.form)
        made = read_filter(form, _rows(before))
        if made is not None:
            with form.catching("name"):
                return _saved(desk, (*filters[: place - 1], made, *filters[place:]))
        return _page(form, _rows(before), before), form.status


def _ordering(pages: Blueprint, desk: "Desk") -> None:
    @pages.post("/<int:place>/up")
    @page(Visitors.OWNER)
    def up(place: int) -> Response:
        filters = list(own_rules(desk).filters)
        _named(filters, place)
        above = max(place - 2, 0)
        filters[above], filters[place - 1] = filters[place - 1], filters[above]
        return _saved(desk, filters)

    @pages.post("/<int:place>/remove")
    @page(Visitors.OWNER)
    def remove(place: int) -> Response:
        filters = own_rules(desk).filters
        _named(filters, place)
        return _saved(desk, (*filters[: place - 1], *filters[place:]))


def _saved(desk: "Desk", filters: Sequence[Filter]) -> Response:
    return saved(changing_rules(desk, "rules.filters").set_filters(own_address(), filters), "filters.all_")


def _at(filters: Sequence[Filter], place: int) -> Filter:
    if not 1 <= place <= len(filters):
        raise NotFound("there is no such filter", hint="It may have been removed meanwhile.")
    return filters[place - 1]


def _named(filters: Sequence[Filter], place: int) -> Filter:
    """The filter at ``place``, if it is still the one that the page showed there."""
    found = _at(filters, place)
    if found.name != request.form.get("before", ""):
        raise Conflict("the filters were changed meanwhile", hint="Reload the page and try again.")
    return found


def _rows(one: Filter) -> int:
    return max(ROWS, len(one.conditions))


def _page(form: Form, rows: int, before: Filter | None = None) -> str:
    return render_template("rules/filter.html", form=form, rows=rows, before=before, choices=choices())
