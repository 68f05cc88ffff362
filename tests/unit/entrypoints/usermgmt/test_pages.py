"""A route that does not say who may reach it keeps the pages from starting."""

import pytest
from flask import Flask

from fakes.usermgmt_site import Site
from machiya.access.model import Permission
from machiya.entrypoints.usermgmt.pages import PUBLIC, Visitors, check_pages, page, page_of


def view() -> str:
    return ""


def test_check_pages_refuses_a_route_that_declares_nothing() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "bare", view)
    with pytest.raises(LookupError, match="bare does not declare"):
        check_pages(app)


def test_check_pages_refuses_a_public_route_that_is_not_listed() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "open", page(Visitors.ANYBODY)(lambda: ""))
    with pytest.raises(LookupError, match="open is public"):
        check_pages(app)


def test_check_pages_refuses_a_listed_route_that_is_not_public() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "healthz", page(Permission.VIEW)(lambda: ""))
    with pytest.raises(LookupError, match="healthz"):
        check_pages(app)


def test_public_routes_are_few_and_none_of_them_shows_the_house(site: Site) -> None:
    found = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if page_of(site.app, rule.endpoint).permission is Visitors.ANYBODY
    }
    assert found == PUBLIC


def test_no_view_answers_both_a_look_and_a_form(site: Site) -> None:
    """So that nothing changes by a GET: what changes has a route of its own, for POST alone."""
    rules = [(rule.endpoint, (rule.methods or set()) - {"HEAD", "OPTIONS"}) for rule in site.app.url_map.iter_rules()]
    assert [endpoint for endpoint, methods in rules if methods not in ({"GET"}, {"POST"})] == []


def test_health_and_style_are_there_for_anybody(site: Site) -> None:
    stranger = site.caller()
    assert stranger.get("/healthz").text == "ok\n"
    style = stranger.get("/style.css")
    assert (style.mimetype, "immutable" in style.headers["Cache-Control"]) == ("text/css", True)
    assert "url(" not in style.text
    assert stranger.get("/icon.svg").mimetype == "image/svg+xml"
