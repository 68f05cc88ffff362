"""The two applications: the door (public through the tunnel) and the private one."""

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from machiya.entrypoints.mail_api.context import DoorContext
from machiya.entrypoints.mail_api.edge_routes import edge_router
from machiya.entrypoints.mail_api.event_routes import event_router
from machiya.entrypoints.mail_api.inbound import inbound_router
from machiya.entrypoints.mail_api.problems import install_error_handlers, problem


def door_app(context: DoorContext) -> FastAPI:
    """Signed routes only; no documentation pages, so that a stranger finds nothing to read."""
    app = FastAPI(title="Machiya mail-api", openapi_url=None, docs_url=None, redoc_url=None)
    install_error_handlers(app)
    app.include_router(inbound_router(context))
    app.include_router(edge_router(context))
    if context.events:
        app.include_router(event_router(context.events, context.clock, context.body_seconds))
    return app


def private_app(context: DoorContext) -> FastAPI:
    """Health and metrics, for the supervisor and Prometheus."""
    app = FastAPI(title="Machiya mail-api, private", openapi_url=None, docs_url=None, redoc_url=None)
    install_error_handlers(app)

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready")
    async def ready() -> Response:
        reasons = await run_in_threadpool(context.ready)
        if reasons:
            return problem(503, "not_ready", "; ".join(reasons))
        return Response('{"status":"ok"}', media_type="application/json")

    @app.get("/metrics")
    async def metrics() -> Response:
        context.metrics.buffered_bytes.set(context.budget.used_bytes)
        return Response(generate_latest(context.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return app
