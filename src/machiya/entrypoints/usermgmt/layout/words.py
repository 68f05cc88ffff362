"""What every template can use."""

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request

from machiya.access.model import Permission
from machiya.core.sizes import format_size
from machiya.entrypoints.usermgmt.administrators.roles import role_word
from machiya.entrypoints.usermgmt.assets.routes import style_version
from machiya.entrypoints.usermgmt.cookies import (
    ANONYMOUS,
    NOTICE,
    drop_cookie,
    read_notice,
    set_cookie,
)
from machiya.entrypoints.usermgmt.csrf import csrf_token, form_secret, new_secret
from machiya.entrypoints.usermgmt.formats import day_text, moment_text, program_text
from machiya.entrypoints.usermgmt.i18n.errors import sentence
from machiya.entrypoints.usermgmt.i18n.language import current_language, gettext, template_gettext
from machiya.entrypoints.usermgmt.layout.navigation import entries
from machiya.entrypoints.usermgmt.ways import page_asked, path_asked

if TYPE_CHECKING:
    from machiya.bootstrap import House


def install_words(app: Flask, house: "House") -> None:
    """Give templates their functions, and take back the notice once it was shown."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        moment=moment_text, day=day_text, program=program_text, size=format_size, told=sentence, role=role_word
    )
    app.jinja_env.globals.update(
        _=template_gettext, csrf=_csrf, path_asked=path_asked, house_name=house.settings.house.hostname
    )

    @app.context_processor
    def words() -> dict[str, Any]:
        visitor = g.get("visitor")
        return {
            "visitor": visitor,
            "language": current_language(),
            "navigation": entries(visitor),
            "notice": _notice(),
            "style_version": style_version(),
            "may": lambda permission: visitor is not None and visitor.may(Permission(permission)),
            "here": g.get("page_before") or page_asked(request),
        }

    @app.after_request
    def keep_cookies(response: Response) -> Response:
        if secret := g.get("new_anonymous"):
            set_cookie(request, response, ANONYMOUS, secret)
        if g.get("notice_shown"):
            drop_cookie(request, response, NOTICE)
        return response


def _csrf() -> str:
    """The token for a form on this page; a visitor without a session gets something to bind it to."""
    known = form_secret(request, logged_in=bool(g.get("visitor"))) or g.get("new_anonymous")
    if not known:
        g.new_anonymous = known = new_secret()
    return csrf_token(str(known))


def _notice() -> str:
    found = read_notice(request)
    if found is None:
        return ""
    g.notice_shown = True
    message, values = found
    return gettext(message, **values)
