"""``GET /v1/recipients`` and ``POST /v1/edge/report``: what the edge learns and tells."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from machiya.core.errors import InvalidInput
from machiya.entrypoints.mail_api.authentication import Signed, authenticate
from machiya.entrypoints.mail_api.body import read_body
from machiya.entrypoints.mail_api.context import DoorContext
from machiya.entrypoints.mail_api.report_schema import OrdersAnswer, ReportBody
from machiya.mail.edge_desk import take_report
from machiya.mail.signature import EMPTY_MD5

REPORT_BYTES = 256 * 1024


def edge_router(context: DoorContext) -> APIRouter:
    """The routes, bound to their context."""
    router = APIRouter()

    @router.get("/v1/recipients")
    async def get_recipients(request: Request) -> Response:
        signed = await authenticate(request, context)
        if signed.md5 != EMPTY_MD5 or signed.size_bytes:
            raise InvalidInput("a GET has no body")
        lines = context.address_lines()
        if request.headers.get("If-None-Match") == lines.etag:
            return Response(status_code=304, headers={"ETag": lines.etag})
        return Response(lines.text, media_type="text/plain", headers={"ETag": lines.etag})

    @router.post("/v1/edge/report")
    async def post_report(request: Request) -> Response:
        signed = await authenticate(request, context)
        report = await _read_report(request, context, signed)
        orders = await run_in_threadpool(take_report, context.edge_book, report.to_report(), context.clock.now())
        return Response(OrdersAnswer.of(orders).model_dump_json(), media_type="application/json")

    return router


async def _read_report(request: Request, context: DoorContext, signed: Signed) -> ReportBody:
    if signed.size_bytes > REPORT_BYTES:
        raise InvalidInput("the report is too large", hint="At most 256 KiB.")
    body = await read_body(request, size_bytes=signed.size_bytes, md5=signed.md5, seconds=context.body_seconds)
    try:
        return ReportBody.model_validate_json(bytes(body))
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, mistake["loc"])) for mistake in error.errors()[:5])
        raise InvalidInput(f"the report cannot be read: {fields}") from error
