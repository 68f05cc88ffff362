"""``PUT /v1/inbound/{delivery_id}``: one message for one recipient."""

import time

import structlog
from fastapi import APIRouter, Request, Response

from machiya.core.errors import InvalidInput, MachiyaError
from machiya.core.identifiers import parse_delivery_id
from machiya.entrypoints.mail_api.authentication import Signed, authenticate
from machiya.entrypoints.mail_api.body import read_body
from machiya.entrypoints.mail_api.context import DoorContext
from machiya.entrypoints.mail_api.problems import problem
from machiya.mail.answers import Answer, AnswerStatus
from machiya.mail.envelope import decode_envelope
from machiya.mail.model import InboundMessage
from machiya.mail.signature import TAKEN_HEADER, taken_proof

_log = structlog.get_logger()
_TAKEN = {AnswerStatus.CREATED, AnswerStatus.ALREADY}


def inbound_router(context: DoorContext) -> APIRouter:
    """The route, bound to its context."""
    router = APIRouter()

    @router.put("/v1/inbound/{delivery_id}")
    async def put_inbound(delivery_id: str, request: Request) -> Response:
        started = time.perf_counter()
        signed = await authenticate(request, context, delivery_id)
        try:
            answer = await _take(context, request, delivery_id, signed)
        except MachiyaError as error:
            _record(context, delivery_id, signed, error.code, started)
            raise
        _record(context, delivery_id, signed, answer.code, started, answer.status)
        return _respond(answer, delivery_id, signed)

    return router


async def _take(context: DoorContext, request: Request, delivery_id: str, signed: Signed) -> Answer:
    if signed.size_bytes > context.message_bytes:
        return _too_large(context, signed)
    parsed_id, envelope = parse_delivery_id(delivery_id), decode_envelope(signed.envelope)
    if envelope.size_bytes != signed.size_bytes:
        raise InvalidInput("the envelope's size is not the body's", hint="See docs/format/edge-protocol.md.")
    async with context.budget.reserve(signed.size_bytes):
        context.metrics.buffered_bytes.set(context.budget.used_bytes)
        content = await read_body(request, size_bytes=signed.size_bytes, md5=signed.md5, seconds=context.body_seconds)
        return await context.ingest(InboundMessage(parsed_id, envelope, signed.md5, content))


def _too_large(context: DoorContext, signed: Signed) -> Answer:
    detail = f"{signed.size_bytes} bytes, the house takes {context.message_bytes}"
    return Answer(AnswerStatus.TOO_LARGE, "message_too_large", detail)


def _respond(answer: Answer, delivery_id: str, signed: Signed) -> Response:
    if answer.status in _TAKEN:
        proof = taken_proof(signed.key, delivery_id, signed.md5)
        return Response(status_code=answer.status, headers={TAKEN_HEADER: proof})
    return problem(answer.status, answer.code, answer.detail)


def _record(
    context: DoorContext, delivery_id: str, signed: Signed, code: str, started: float, status: int | str = "error"
) -> None:
    seconds = time.perf_counter() - started
    context.metrics.answers.labels(str(int(status)) if isinstance(status, int) else status, code).inc()
    context.metrics.seconds.observe(seconds)
    if status in _TAKEN:
        context.metrics.received_bytes.inc(signed.size_bytes)
    _log.info(
        "mail.inbound",
        delivery_id=delivery_id,
        code=code,
        size_bytes=signed.size_bytes,
        duration_ms=round(seconds * 1000, 1),
    )
