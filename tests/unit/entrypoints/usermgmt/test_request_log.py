"""The one event of a request."""

from flask import Flask, abort
from structlog.testing import capture_logs

from machiya.entrypoints.usermgmt.request_log import log_requests


def app() -> Flask:
    made = Flask("pages")

    @made.get("/invitation/<token>")
    def invitation(token: str) -> str:
        return token

    @made.get("/healthz")
    def healthz() -> str:
        return "ok"

    @made.post("/gone")
    def gone() -> str:
        abort(410)

    log_requests(made)
    return made


def test_tells_template_status_and_duration_and_nothing_that_was_sent() -> None:
    with capture_logs() as events:
        app().test_client().get("/invitation/s3cret?query=s3cret", headers={"Cookie": "a=s3cret"})
    [event] = events
    assert (event["event"], event["method"], event["path"], event["status"]) == (
        "usermgmt.request", "GET", "/invitation/<token>", 200,
    )  # fmt: skip
    assert event["duration_ms"] >= 0
    assert "s3cret" not in str(event)


def test_tells_errors_and_strange_paths_without_the_path() -> None:
    with capture_logs() as events:
        app().test_client().post("/gone")
        app().test_client().get("/s3cret")
    assert [(event["path"], event["status"]) for event in events] == [("/gone", 410), ("unknown", 404)]


def test_health_checks_fill_no_log() -> None:
    with capture_logs() as events:
        app().test_client().get("/healthz")
    assert events == []
