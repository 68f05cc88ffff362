"""Where to go next: only ever to a page of this site."""

from urllib.parse import urlsplit

from flask import redirect, request
from werkzeug.wrappers import Response

from machiya.entrypoints.usermgmt.cookies import set_notice

HOME = "/"
Answer = str | tuple[str, int] | Response


def own_path(wanted: str) -> str:
    """``wanted`` if it is a path of this site, else the first page."""
    parts = urlsplit(wanted)
    foreign = parts.scheme or parts.netloc or not wanted.startswith("/") or wanted.startswith("//")
    return HOME if foreign or "\\" in wanted or not wanted.isprintable() else wanted


def done(target: str, message: str, **values: object) -> Response:
    """After a change: on to ``target``, which says what was done. ``message`` is a msgid; no secret in it."""
    response = redirect(target, 303)
    set_notice(request, response, message, {name: str(value) for name, value in values.items()})
    return response
