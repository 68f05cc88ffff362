"""Reading a request's body with a bound, a time limit and its checksum."""

import asyncio
import hashlib

from fastapi import Request
from starlette.requests import ClientDisconnect

from machiya.core.errors import InvalidInput, Unavailable


class BodyMismatch(InvalidInput):
    """The body is not the one that was signed."""

    code = "body_mismatch"


class BodyTimeout(Unavailable):
    """The body did not arrive in time."""

    code = "body_timeout"


async def read_body(request: Request, *, size_bytes: int, md5: str, seconds: float) -> bytearray:
    """Exactly ``size_bytes`` bytes whose MD5 is ``md5``; read into one buffer, never copied.

    Raises:
        BodyMismatch: shorter, longer, or other bytes than were signed.
        BodyTimeout: not complete within ``seconds``, or the sender went away.
    """
    try:
        async with asyncio.timeout(seconds):
            body, digest = await _fill(request, size_bytes)
    except (TimeoutError, ClientDisconnect) as error:
        raise BodyTimeout("the body did not arrive", hint="The edge keeps it and comes back.") from error
    if digest != md5:
        raise BodyMismatch("the body is not the one that was signed", hint="Look for a proxy that changes bodies.")
    return body


async def _fill(request: Request, size_bytes: int) -> tuple[bytearray, str]:
    body, filled, digest = bytearray(size_bytes), 0, hashlib.md5(usedforsecurity=False)
    async for chunk in request.stream():
        if filled + len(chunk) > size_bytes:
            raise BodyMismatch("the body is longer than signed", hint="Look for a proxy that changes bodies.")
        body[filled : filled + len(chunk)] = chunk
        filled += len(chunk)
        digest.update(chunk)
    if filled != size_bytes:
        raise BodyMismatch("the body is shorter than signed", hint="Look for a proxy that changes bodies.")
    return body, digest.hexdigest()
