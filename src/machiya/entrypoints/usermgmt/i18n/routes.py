"""The switch between the languages."""

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.cookies import LANGUAGE, YEAR_SECONDS, set_cookie
from machiya.entrypoints.usermgmt.i18n.catalogue import LANGUAGES
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.ways import own_path


def language_pages(_desk: object) -> Blueprint:
    """One form, at the foot of every page."""
    pages = Blueprint("language", __name__)

    @pages.post("/language")
    @page(Visitors.ANYBODY)
    def choose() -> Response:
        chosen = request.form.get("language", "")
        if chosen not in LANGUAGES:
            abort(400)
        response = redirect(own_path(request.form.get("next", "")), 303)
        set_cookie(request, response, LANGUAGE, chosen, max_age=YEAR_SECONDS)
        return response

    return pages
