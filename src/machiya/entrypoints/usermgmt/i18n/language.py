"""Which language a request gets, and its words."""

from flask import Request, g, has_request_context, request
from markupsafe import Markup

from machiya.entrypoints.usermgmt.cookies import LANGUAGE, read_cookie
from machiya.entrypoints.usermgmt.i18n.catalogue import DEFAULT, LANGUAGES, translate


def language_of(asked: Request) -> str:
    """The one chosen with the switch, else the browser's, else English."""
    chosen = read_cookie(asked, LANGUAGE)
    if chosen in LANGUAGES:
        return chosen
    return asked.accept_languages.best_match(LANGUAGES) or DEFAULT


def current_language() -> str:
    """Of the request being answered."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = language_of(request)
    return str(g.language)


def gettext(message: str, /, **values: object) -> str:
    """``message`` in the visitor's language, ``%(name)s`` filled in; plain text, escaped by the template."""
    text = translate(current_language(), message)
    return text % values if values else text


def marked(message: str) -> str:
    """A msgid that is translated later: this only shows it to whoever collects them."""
    return message


def template_gettext(message: str, /, **values: object) -> Markup | str:
    """As ``gettext`` for templates: a msgid may hold markup, what stands in it may not."""
    text = translate(current_language(), message)
    return Markup(text) % values if values else text  # noqa: S704 – our own catalogue; values are escaped
