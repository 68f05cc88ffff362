"""``POST /v1/events/sendgrid``: what the relay tells of messages it took."""

import asyncio
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from machiya.core.clock import Clock
from machiya.core.errors import InvalidInput
from machiya.entrypoints.mail_api.body import BodyTimeout
from machiya.entrypoints.mail_api.byte_budget import ByteBudget
from machiya.mail.outgoing_ports import OutgoingBook, RelayWebhook
from machiya.mail.relay_events import take_events

EVENTS_BYTES = 2 * 1024 * 1024
# Whoever posts here is unknown until the body is read, so strangers may fill this much and nothing of what mail needs.
_TOGETHER_BYTES = 8 * EVENTS_BYTES
_WAIT_SECONDS = 10.0
_BODY_SECONDS = 15.0  # nor may they hold it for long
SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EventDesk:
    """What the route needs: the relay's own words, and where they are kept."""

    webhook: RelayWebhook
    book: OutgoingBook


def event_router(desk: EventDesk, clock: Clock, body_seconds: float) -> APIRouter:
    """The route; it is there only where the relay's public key is known."""
    router, budget = APIRouter(), ByteBudget(_TOGETHER_BYTES, wait_seconds=_WAIT_SECONDS)

    @router.post("/v1/events/sendgrid")
    async def post_events(request: Request) -> Response:
        async with budget.reserve(EVENTS_BYTES):
            body = await _read(request, min(body_seconds, _BODY_SECONDS))
            taken = await run_in_threadpool(
                take_events, desk.webhook, desk.book, clock,
                timestamp=request.headers.get(TIMESTAMP_HEADER, ""),
                signature=request.headers.get(SIGNATURE_HEADER, ""),
                body=body,
            )  # fmt: skip
        _log.info("relay.events", new=taken)
        return Response(status_code=204)

    return router


async def _read(request: Request, seconds: float) -> bytes:
    """At most 2 MiB; the body's length is not signed, so that it is counted as it comes."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > EVENTS_BYTES:
                    raise InvalidInput("too many events at once", hint="At most 2 MiB.")
    except (TimeoutError, ClientDisconnect) as error:
        raise BodyTimeout("the body did not arrive", hint="The relay sends it again.") from error
    return bytes(body)
