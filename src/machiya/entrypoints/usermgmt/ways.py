"""Where to go next: only ever to a page of this site."""

from flask import Request, redirect, request
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.cookies import set_notice

HOME = "/"
Answer = str | tuple[str, int] | Response


def own_path(wanted: str) -> str:
    """``wanted`` if it is a path of this site, else the first page."""
    own = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return wanted if own else HOME


def page_asked(request: Request) -> str:
    """The path of the page that is shown; in the answer to a form, of the page that the form was on."""
    if request.method in {"GET", "HEAD"}:
        return request.full_path.rstrip("?")
    origin = f"{request.scheme}://{request.host}"
    before = request.referrer or ""
    return own_path(before.removeprefix(origin)) if before.startswith(f"{origin}/") else HOME


def done(target: str, message: str, **values: object) -> Response:
    """After a change: on to ``target``, which says what was done. ``message`` is a msgid; no secret in it."""
    response = redirect(target, 303)
    set_notice(request, response, message, {name: str(value) for name, value in values.items()})
    return response
