"""Who may come in: requests signed by the edge, within five minutes."""

from dataclasses import dataclass, field

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from machiya.core.errors import InvalidInput, Unauthorized
from machiya.entrypoints.mail_api.context import DoorContext
from machiya.mail.signature import MD5_HEADER, NOTHING, SIGNATURE_HEADER, ClockSkew, SignedRequest, verify

_log = structlog.get_logger()
_MD5_LENGTH = 32
_SIZE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signature vouches for, and the ``key`` it was made with."""

    md5: str
    size_bytes: int
    envelope: str
    key: str = field(repr=False)


async def authenticate(request: Request, context: DoorContext, delivery_id: str = NOTHING) -> Signed:
    """Check the signature before anything is read or stored.

    Raises:
        Unauthorized: missing, wrong or stale.
    """
    path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1").partition("?")[0]
    claimed = SignedRequest.from_headers(request.method, path, request.headers, delivery_id)
    try:
        key = verify(claimed, request.headers.get(SIGNATURE_HEADER, ""), context.signing_keys, context.clock.now())
    except ClockSkew as skew:
        await run_in_threadpool(context.edge_book.note_clock_skew, skew.seconds, context.clock.now())
        _refuse(context, skew)
        raise
    except Unauthorized as error:
        _refuse(context, error)
        raise
    return Signed(_md5(claimed.md5), _size(claimed.size), claimed.envelope, key)


def _refuse(context: DoorContext, error: Unauthorized) -> None:
    context.metrics.unauthorized.inc()
    _log.warning("request.unauthorized", code=error.code)


def _md5(text: str) -> str:
    if len(text) != _MD5_LENGTH or set(text) - set("0123456789abcdef"):
        raise InvalidInput(f"{MD5_HEADER} is not an MD5 in lower-case hex")
    return text


def _size(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _SIZE_DIGITS:
        raise InvalidInput("Machiya-Size is not a number of bytes")
    return int(text)
