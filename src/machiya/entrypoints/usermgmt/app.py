"""Puts the pages together: gate, languages, errors, and one blueprint a topic."""

from typing import TYPE_CHECKING

from flask import Flask, Response, request

from machiya.entrypoints.usermgmt.assets.routes import install_assets
from machiya.entrypoints.usermgmt.errors import install_errors
from machiya.entrypoints.usermgmt.gate import install_gate
from machiya.entrypoints.usermgmt.headers import harden
from machiya.entrypoints.usermgmt.i18n.routes import language
from machiya.entrypoints.usermgmt.layout.words import install_words
from machiya.entrypoints.usermgmt.login.routes import login_pages
from machiya.entrypoints.usermgmt.overview.routes import overview_pages
from machiya.entrypoints.usermgmt.pages import check_pages
from machiya.entrypoints.usermgmt.serving import Serving, serving_of
from machiya.entrypoints.usermgmt.visitor import Visits

if TYPE_CHECKING:
    from machiya.bootstrap import House

BODY_BYTES = 64 * 1024
FORM_FIELDS = 100


def create_app(house: "House", serving: Serving | None = None) -> Flask:
    """The pages of one house; ``serving`` says how they are reached, else the settings do.

    Raises:
        LookupError: a route does not say who may reach it.
    """
    app = Flask("machiya.entrypoints.usermgmt", static_folder=None, template_folder=".")
    app.config.update(MAX_CONTENT_LENGTH=BODY_BYTES, MAX_FORM_MEMORY_SIZE=BODY_BYTES, MAX_FORM_PARTS=FORM_FIELDS)
    way = serving or serving_of(house)
    install_words(app, house)
    install_errors(app)
    install_gate(app, way, Visits(lambda _token: None))
    install_assets(app)
    for pages in (language(), login_pages(house), overview_pages(house)):
        app.register_blueprint(pages)

    @app.after_request
    def last(response: Response) -> Response:
        return harden(response, secure=request.is_secure)

    check_pages(app)
    return app
