"""The cookies: one for the session, one for a visitor without, one for a notice, one for the language."""

import base64
import binascii
import json

from flask import Request
from werkzeug.wrappers import Response

SESSION = "machiya-session"
ANONYMOUS = "machiya-visitor"
NOTICE = "machiya-notice"
LANGUAGE = "machiya-language"
YEAR_SECONDS = 365 * 24 * 3600
_NOTICE_SECONDS = 60
_PREFIX = "__Host-"


def read_cookie(request: Request, name: str) -> str:
    """Its value, empty if there is none; over TLS only the one that no other host and no plain page can have set."""
    return request.cookies.get(_full(request, name), "")


def set_cookie(request: Request, response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """Set it for this host alone, out of reach of scripts and of other sites."""
    response.set_cookie(
        _full(request, name),
        value,
        max_age=max_age,
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Take it away."""
    set_cookie(request, response, name, "", max_age=0)


def set_notice(request: Request, response: Response, message: str, values: dict[str, str]) -> None:
    """What was done, for the next page: a msgid and what stands in it; never a secret."""
    packed = base64.urlsafe_b64encode(json.dumps([message, values]).encode()).decode()
    set_cookie(request, response, NOTICE, packed, max_age=_NOTICE_SECONDS)


def read_notice(request: Request) -> tuple[str, dict[str, str]] | None:
    """The notice for this page, if there is one that can be read."""
    try:
        message, values = json.loads(base64.urlsafe_b64decode(read_cookie(request, NOTICE)))
        return str(message), {str(name): str(value) for name, value in dict(values).items()}
    except (binascii.Error, ValueError, TypeError):
        return None


def _full(request: Request, name: str) -> str:
    """Browsers take ``__Host-`` over TLS only."""
    return f"{_PREFIX}{name}" if request.is_secure else name
