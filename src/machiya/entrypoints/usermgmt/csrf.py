"""A form counts only if this site made it, for this session: a token in it, and what the browser says of its origin."""

import hashlib
import hmac
import secrets

from flask import Request, abort, g

from machiya.entrypoints.usermgmt.cookies import ANONYMOUS, SESSION, read_cookie

FIELD = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_BYTES = 32


def csrf_token(secret: str) -> str:
    """The token that belongs to a session (or to a visitor without one); it does not betray the cookie's value."""
    return hashlib.sha256(b"machiya csrf\0" + secret.encode("utf-8", "replace")).hexdigest()


def new_secret() -> str:
    """For the cookie of a visitor without a session."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def form_secret(request: Request, *, logged_in: bool) -> str:
    """What forms are bound to: the session, or for a visitor without a living one the cookie made for that.

    A session that was made fresh during this request has another token than the one that the browser sent.
    """
    return g.get("renewed_token") or read_cookie(request, SESSION if logged_in else ANONYMOUS)


def require_own_form(request: Request, *, logged_in: bool) -> None:
    """Refuse (403) what was not sent from one of our pages to this very session."""
    secret = form_secret(request, logged_in=logged_in)
    given = request.form.get(FIELD, "")
    if not _same_origin(request) or not secret or not hmac.compare_digest(_ascii(given), _ascii(csrf_token(secret))):
        abort(403, "form")


def _same_origin(request: Request) -> bool:
    """Browsers say at least one of both with every form; who says neither is none, or hides something."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        return False
    return site in {None, "same-origin"} and origin in {None, f"{request.scheme}://{request.host}"}


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "replace")
