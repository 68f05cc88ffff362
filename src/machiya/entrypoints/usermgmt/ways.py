"""Where to go next: only ever to a page of this site."""

from urllib.parse import quote, unquote, urlsplit

from flask import Request, current_app, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.cookies import set_notice

HOME = "/"
Answer = str | tuple[str, int] | Response


def own_path(wanted: str) -> str:
    """``wanted`` if it is a path of this site, else the first page."""
    own = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return wanted if own else HOME


def path_asked() -> str:
    """The path of this request, quoted: an address may have a percent sign, a hash or a question mark in it."""
    return quote(request.path, safe="/@")


def page_asked(request: Request) -> str:
    """Path and query of the page that is shown; in the answer to a form, of the page that the form was on."""
    if request.method in {"GET", "HEAD"}:
        query = request.query_string.decode("ascii", "replace")
        return own_path(f"{path_asked()}?{query}".rstrip("?"))
    origin = f"{request.scheme}://{request.host}"
    before = (request.referrer or "").removeprefix(origin)
    return own_path(before) if _is_page(before) else HOME


def _is_page(path: str) -> bool:
    """Whether it is one that can be opened again, and not where a form was sent to."""
    try:
        current_app.url_map.bind("").match(unquote(urlsplit(path).path), method="GET")
    except (HTTPException, RequestRedirect, ValueError):
        return False
    return path.startswith("/")


def done(target: str, message: str, **values: object) -> Response:
    """After a change: on to ``target``, which says what was done. ``message`` is a msgid; no secret in it."""
    response = redirect(target, 303)
    set_notice(request, response, message, {name: str(value) for name, value in values.items()})
    return response
