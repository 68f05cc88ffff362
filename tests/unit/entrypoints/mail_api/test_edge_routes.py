"""What the edge learns and tells, through the application."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fakes.mail_api import KEY, LINES, NEXT_KEY, FakeDoor, with_signature
from machiya.core.clock import to_wire
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.edge import EdgeOrder, OrderAction
from machiya.mail.edge_desk import order

UNAUTHORIZED = b'{"type": "about:blank", "status": 401, "code": "unauthorized", "detail": ""}'
REPORT_BYTES = 256 * 1024


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


def ids(door: FakeDoor, count: int) -> list[DeliveryId]:
    return [new_delivery_id(door.room.clock.now()) for _ in range(count)]


def report(door: FakeDoor, **changed: Any) -> dict[str, Any]:
    now = to_wire(door.room.clock.now())
    held, dead, accepted = ids(door, 3)
    return {
        "v": 1, "edge": "worker", "at": now, "held": 12, "held_more": False, "oldest": now, "held_ids": [held],
        "dead_count": 1,
        "dead": [{"id": dead, "from": "", "to": "x@example.jp", "at": now, "died_at": now, "size": 1, "reason": "r"}],
        "accepted": [accepted],
        "errors": [{"at": now, "code": "unauthorized", "detail": "401"}],
        "recipients": {"etag": '"abc"', "confirmed_at": now, "complete": True},
        "orders_done": [{"order_id": "o", "result": "retried"}],
        **changed,
    }  # fmt: skip


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("key", [KEY, NEXT_KEY])
async def test_recipients_gives_the_lines_and_their_etag(door: FakeDoor, key: str) -> None:
    answer = await door.recipients(key)
    assert (answer.status_code, answer.text) == (200, LINES.text)
    assert answer.headers["etag"] == LINES.etag
    assert answer.headers["content-type"].startswith("text/plain")


async def test_recipients_says_when_nothing_changed(door: FakeDoor) -> None:
    answer = await door.recipients(**{"If-None-Match": LINES.etag})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", LINES.etag)


@pytest.mark.parametrize("etag", ['"other"', "", "abc"])
async def test_recipients_gives_the_lines_for_another_etag(door: FakeDoor, etag: str) -> None:
    assert (await door.recipients(**{"If-None-Match": etag})).status_code == 200


async def test_recipients_and_report_are_for_the_edge_only(door: FakeDoor) -> None:
    for answer in (await door.recipients("wrong"), await door.report(body(report(door)), "wrong")):
        assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)
    assert door.book.state() is None


async def test_recipients_is_not_opened_by_a_signature_for_the_report(door: FakeDoor) -> None:
    other = door.request("POST", "/v1/edge/report").sign(KEY)
    headers = with_signature(door.request("GET", "/v1/recipients").headers(KEY), other)
    assert (await door.street.get("/v1/recipients", headers=headers)).content == UNAUTHORIZED


async def test_recipients_signed_with_a_body_is_refused(door: FakeDoor) -> None:
    signed = door.request("GET", "/v1/recipients", b"a body")
    assert (await door.street.get(signed.path, headers=signed.headers(KEY))).status_code == 400


async def test_report_is_remembered_and_answered_with_no_orders(door: FakeDoor) -> None:
    sent = report(door)
    answer = await door.report(body(sent))
    assert (answer.status_code, answer.json()) == (200, {"v": 1, "orders": []})
    state = door.book.state()
    assert state is not None
    assert (state.edge, state.held, state.held_ids, state.dead_count) == ("worker", 12, tuple(sent["held_ids"]), 1)
    assert state.recipients_etag == '"abc"'
    assert state.errors[0].code == "unauthorized"
    (dead,) = door.book.dead_letters()
    assert (dead.delivery_id, dead.sender, dead.recipient) == (sent["dead"][0]["id"], "", "x@example.jp")
    assert door.book.accepted == set(sent["accepted"])


async def test_report_is_answered_with_orders_until_they_are_done(door: FakeDoor) -> None:
    sent = report(door)
    await door.report(body(sent))
    placed = order(door.book, OrderAction.RETRY, sent["dead"][0]["id"], door.room.clock)
    for _ in range(2):
        answer = await door.report(body(sent))
        assert answer.json()["orders"] == [
            {"order_id": placed.order_id, "action": "retry", "delivery_id": placed.delivery_id}
        ]
    done = {**sent, "dead": [], "orders_done": [{"order_id": placed.order_id, "result": "retried"}]}
    assert (await door.report(body(done))).json()["orders"] == []


async def test_report_is_answered_with_at_most_twenty_orders(door: FakeDoor) -> None:
    for number, delivery_id in enumerate(ids(door, 30)):
        door.book.add_order(EdgeOrder(f"o{number:02}", OrderAction.DISCARD, delivery_id), door.room.clock.now())
    answer = await door.report(body(report(door, orders_done=[])))
    assert [given["order_id"] for given in answer.json()["orders"]] == [f"o{number:02}" for number in range(20)]


async def test_report_ignores_fields_it_does_not_know(door: FakeDoor) -> None:
    sent = report(door, later=[1], recipients={"etag": None, "confirmed_at": None, "complete": False, "more": 1})
    assert (await door.report(body(sent))).status_code == 200


async def test_report_needs_no_orders_done(door: FakeDoor) -> None:
    sent = report(door)
    del sent["orders_done"]
    assert (await door.report(body(sent))).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"v": 2}, id="version"),
        pytest.param({"held": "12"}, id="count as text"),
        pytest.param({"held": -1}, id="count negative"),
        pytest.param({"held": 1.5}, id="count a fraction"),
        pytest.param({"held": True}, id="count a boolean"),
        pytest.param({"dead_count": 10**30}, id="count no database holds"),
        pytest.param({"held_more": "no"}, id="boolean as text"),
        pytest.param({"oldest": "yesterday"}, id="no time"),
        pytest.param({"oldest": 1795428000}, id="time a number"),
        pytest.param({"oldest": "2026-11-23T10:00:00"}, id="time without offset"),
        pytest.param({"at": "0001-01-01T00:00:00+23:59"}, id="time before the calendar"),
        pytest.param({"held_ids": ["x"]}, id="no id"),
        pytest.param({"held_ids": ["ffffffff-ffff-7fff-bfff-ffffffffffff"]}, id="id of no calendar"),
        pytest.param({"held_ids": "x"}, id="no list"),
        pytest.param({"dead": [{}]}, id="empty dead letter"),
        pytest.param({"edge": "\ud800"}, id="half a surrogate pair"),
        pytest.param({"recipients": None}, id="no recipients"),
    ],
)
async def test_report_with_a_wrong_field_is_refused_and_named(door: FakeDoor, changed: dict[str, Any]) -> None:
    answer = await door.report(body(report(door, **changed)))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert door.book.state() is None


@pytest.mark.parametrize("sent", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 5000, b"1e999"])
async def test_report_that_is_no_report_is_refused(door: FakeDoor, sent: bytes) -> None:
    assert (await door.report(sent)).status_code == 400


async def test_report_names_the_fields_that_cannot_be_read(door: FakeDoor) -> None:
    answer = await door.report(body(report(door, held="x", dead=[{"id": "x"}])))
    assert "held" in answer.json()["detail"]
    assert "dead.0.id" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "limit", "entry"),
    [
        ("held_ids", 500, lambda door: ids(door, 1)[0]),
        ("accepted", 500, lambda door: ids(door, 1)[0]),
        ("dead", 100, lambda door: report(door)["dead"][0]),
        ("errors", 20, lambda door: report(door)["errors"][0]),
    ],
)
async def test_report_lists_are_bounded(
    door: FakeDoor, name: str, limit: int, entry: Callable[[FakeDoor], Any]
) -> None:
    entries = [entry(door) for _ in range(limit + 1)]
    assert (await door.report(body(report(door, **{name: entries[:limit]})))).status_code == 200
    assert (await door.report(body(report(door, **{name: entries})))).status_code == 400


async def test_report_of_a_strangers_long_address_is_cut_not_refused(door: FakeDoor) -> None:
    sent = report(door)
    sent["dead"][0]["from"] = "a" * 4000
    assert (await door.report(body(sent))).status_code == 200
    assert door.book.dead_letters()[0].sender == "a" * 2000


async def test_report_takes_256_kib_and_not_one_byte_more(door: FakeDoor) -> None:
    sent = body(report(door))
    assert (await door.report(sent + b" " * (REPORT_BYTES - len(sent)))).status_code == 200
    answer = await door.report(sent + b" " * (REPORT_BYTES - len(sent) + 1))
    assert (answer.status_code, answer.json()["detail"]) == (400, "the report is too large")


async def test_report_body_must_be_the_signed_one(door: FakeDoor) -> None:
    sent = body(report(door))
    signed = door.request("POST", "/v1/edge/report", sent)
    answer = await door.street.post(signed.path, content=sent.replace(b"12", b"13"), headers=signed.headers(KEY))
    assert (answer.status_code, answer.json()["code"]) == (400, "body_mismatch")
    assert door.book.state() is None


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/redoc", "/metrics", "/health/ready", "/v1/inbound/"])
async def test_street_shows_a_stranger_nothing_else(door: FakeDoor, path: str) -> None:
    assert (await door.street.get(path)).status_code in {404, 405}
