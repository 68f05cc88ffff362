"""The private port: health and metrics."""

import pytest

from fakes.mail_api import FakeDoor


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


async def test_live_is_ok_while_the_process_answers(door: FakeDoor) -> None:
    door.reasons.append("the disk is full")
    answer = await door.inside.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_is_ok_when_the_house_can_take_mail(door: FakeDoor) -> None:
    answer = await door.inside.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_tells_every_reason_why_not(door: FakeDoor) -> None:
    door.reasons += ["the disk is full", "the database does not answer"]
    answer = await door.inside.get("/health/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.json()["detail"] == "the disk is full; the database does not answer"


async def test_metrics_is_prometheus_text(door: FakeDoor) -> None:
    await door.put(door.room.message())
    answer = await door.inside.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'machiya_inbound_answers_total{code="delivered",status="201"} 1.0' in answer.text
    assert "machiya_inbound_seconds_count 1.0" in answer.text


async def test_metrics_tells_the_bytes_in_memory_now(door: FakeDoor) -> None:
    async with door.context.budget.reserve(1000):
        assert "machiya_buffered_bytes 1000.0" in (await door.inside.get("/metrics")).text
    assert "machiya_buffered_bytes 0.0" in (await door.inside.get("/metrics")).text


async def test_metrics_holds_no_address(door: FakeDoor) -> None:
    await door.put(door.room.message("nobody@example.jp"))
    assert "example" not in (await door.inside.get("/metrics")).text


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/v1/recipients"])
async def test_inside_has_nothing_else(door: FakeDoor, path: str) -> None:
    assert (await door.inside.get(path)).status_code == 404
