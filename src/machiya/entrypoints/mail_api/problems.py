"""The one renderer of errors for the door: problem+json (RFC 9457)."""

import json

import structlog
from fastapi import FastAPI, Request, Response

from machiya.core.errors import Conflict, InvalidInput, MachiyaError, NotFound, Unauthorized, Unavailable

_log = structlog.get_logger()
_STATUSES: tuple[tuple[type[MachiyaError], int], ...] = (
    (Unauthorized, 401),
    (Unavailable, 503),
    (Conflict, 409),
    (NotFound, 404),
    (InvalidInput, 400),
)
_DETAIL_CHARACTERS = 500


def problem(status: int, code: str, detail: str = "") -> Response:
    """``application/problem+json`` with ``status``, ``code`` and a bounded ``detail``."""
    body = {"type": "about:blank", "status": int(status), "code": code, "detail": detail[:_DETAIL_CHARACTERS]}
    return Response(json.dumps(body), status_code=status, media_type="application/problem+json")


def install_error_handlers(app: FastAPI) -> None:
    """Map the error tree; whatever is unexpected becomes a 500 without a word about why, and a log line with it."""

    @app.exception_handler(MachiyaError)
    async def _expected(_request: Request, error: MachiyaError) -> Response:
        status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
        if status == 401:  # noqa: PLR2004 – one fixed body: a stranger learns nothing
            return problem(401, "unauthorized")
        return problem(status, error.code, error.message)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        _log.error("request.failed", path=request.url.path, exc_info=error)
        return problem(500, "internal_error")
