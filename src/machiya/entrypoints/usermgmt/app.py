"""Puts the pages together: gate, languages, errors, and one blueprint a topic."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, request

from machiya.entrypoints.usermgmt.account.routes import account_pages
from machiya.entrypoints.usermgmt.administrators.routes import administrator_pages
from machiya.entrypoints.usermgmt.aliases.routes import alias_pages
from machiya.entrypoints.usermgmt.app_passwords.administration import app_password_pages
from machiya.entrypoints.usermgmt.app_passwords.own import own_app_password_pages
from machiya.entrypoints.usermgmt.assets.routes import install_assets
from machiya.entrypoints.usermgmt.audit.routes import audit_pages
from machiya.entrypoints.usermgmt.confirm.asking import asking_again
from machiya.entrypoints.usermgmt.confirm.routes import confirm_pages
from machiya.entrypoints.usermgmt.converters import install_converters
from machiya.entrypoints.usermgmt.desk import Desk
from machiya.entrypoints.usermgmt.domains.routes import domain_pages
from machiya.entrypoints.usermgmt.errors import install_errors
from machiya.entrypoints.usermgmt.formats import one_way
from machiya.entrypoints.usermgmt.gate import install_gate
from machiya.entrypoints.usermgmt.headers import harden
from machiya.entrypoints.usermgmt.i18n.routes import language_pages
from machiya.entrypoints.usermgmt.invitation.routes import invitation_pages
from machiya.entrypoints.usermgmt.layout.words import install_words
from machiya.entrypoints.usermgmt.login.routes import login_pages
from machiya.entrypoints.usermgmt.mailboxes.routes import mailbox_pages
from machiya.entrypoints.usermgmt.overview.routes import overview_pages
from machiya.entrypoints.usermgmt.pages import check_pages
from machiya.entrypoints.usermgmt.quarantine.own import own_quarantine_pages
from machiya.entrypoints.usermgmt.quarantine.routes import quarantine_pages
from machiya.entrypoints.usermgmt.rules.filters import filter_pages
from machiya.entrypoints.usermgmt.rules.forwarding import forwarding_pages
from machiya.entrypoints.usermgmt.rules.vacation import vacation_pages
from machiya.entrypoints.usermgmt.serving import Serving, serving_of
from machiya.entrypoints.usermgmt.trace.own import own_trace_pages
from machiya.entrypoints.usermgmt.visitor import Visits

if TYPE_CHECKING:
    from machiya.bootstrap import House

BODY_BYTES = 64 * 1024
FORM_FIELDS = 200
TOPICS: tuple[Callable[[Desk], Blueprint], ...] = (
    language_pages,
    login_pages,
    invitation_pages,
    confirm_pages,
    overview_pages,
    domain_pages,
    mailbox_pages,
    app_password_pages,
    alias_pages,
    quarantine_pages,
    audit_pages,
    administrator_pages,
    account_pages,
    own_app_password_pages,
    vacation_pages,
    forwarding_pages,
    filter_pages,
    own_quarantine_pages,
    own_trace_pages,
)


def create_app(house: "House", serving: Serving | None = None) -> Flask:
    """The pages of one house; ``serving`` says how they are reached, else the settings do.

    Raises:
        LookupError: a route does not say who may reach it.
    """
    app = Flask("machiya.entrypoints.usermgmt", static_folder=None, template_folder=".")
    app.jinja_options = {**app.jinja_options, "finalize": one_way}
    app.config.update(MAX_CONTENT_LENGTH=BODY_BYTES, MAX_FORM_MEMORY_SIZE=BODY_BYTES, MAX_FORM_PARTS=FORM_FIELDS)
    desk = Desk(house)
    install_converters(app)
    install_words(app, house)
    install_errors(app)
    install_gate(app, serving or serving_of(house), Visits(desk), asking_again(desk))
    install_assets(app)
    for topic in TOPICS:
        app.register_blueprint(topic(desk))

    @app.after_request
    def last(response: Response) -> Response:
        return harden(response, secure=request.is_secure)

    check_pages(app)
    return app
