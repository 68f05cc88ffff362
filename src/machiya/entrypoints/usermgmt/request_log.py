"""One event for each request: who, what kind of page, how it ended, how long it took – never what was in it."""

import time
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, request
from structlog.contextvars import bound_contextvars

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

QUIET = frozenset({"healthz", "style", "icon"})
_BEGAN = "machiya.began"
_log = structlog.get_logger()


class Numbered:
    """Gives every request an id, which every event that is logged meanwhile bears."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """As WSGI has it."""
        environ[_BEGAN] = time.perf_counter()
        with bound_contextvars(request_id=uuid.uuid4().hex):
            return self._inner(environ, start_response)


def log_requests(app: Flask) -> None:
    """Log what ``app`` answers; its path is the route's template, so that no token in a path is kept."""
    app.wsgi_app = Numbered(app.wsgi_app)  # type: ignore[method-assign]  # Flask documents it: app.wsgi_app is there to be wrapped

    @app.after_request
    def tell(response: Response) -> Response:
        if request.endpoint not in QUIET or response.status_code >= 400:  # noqa: PLR2004 – errors begin there
            log_answer(request.environ, str(request.url_rule or "unknown"), response.status_code)
        return response


def log_answer(environ: dict[str, Any], path: str, status: int) -> None:
    """The canonical event."""
    _log.info(
        "usermgmt.request",
        method=environ.get("REQUEST_METHOD", ""),
        path=path,
        status=status,
        client=environ.get("REMOTE_ADDR", ""),
        duration_ms=round((time.perf_counter() - environ[_BEGAN]) * 1000, 1),
    )
