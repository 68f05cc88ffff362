"""``PUT /v1/inbound/{id}`` through the application: what the edge sends, what it hears, what is stored."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from fakes.mail_api import KEY, MESSAGE_BYTES, NEXT_KEY, FakeDoor, in_pieces, signed_message, with_signature, without
from fakes.mail_room import CONTENT, Fault
from machiya.core.errors import MachiyaError
from machiya.core.recipients import RefusalReason
from machiya.entrypoints.mail_api.byte_budget import ByteBudget
from machiya.mail.model import InboundMessage, StoreOutcome, StoreStatus
from machiya.mail.signature import SIGNATURE_HEADER, TAKEN_HEADER, taken_proof

UNAUTHORIZED = b'{"type": "about:blank", "status": 401, "code": "unauthorized", "detail": ""}'
SECRET = "a-secret-word-of-the-message"


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


def big(door: FakeDoor, size: int) -> InboundMessage:
    return door.room.message(content=CONTENT + b"x" * (size - len(CONTENT)))


def nothing_happened(door: FakeDoor) -> bool:
    data = door.room.ledger.data
    return not (data.deliveries or data.entries or data.events or door.room.store.calls)


@pytest.mark.parametrize("key", [KEY, NEXT_KEY])
async def test_put_stores_a_message_and_says_created(door: FakeDoor, key: str) -> None:
    answer = await door.put(door.room.message(), key)
    assert (answer.status_code, answer.content) == (201, b"")
    assert door.room.store.count("taro@example.jp") == 1


async def test_put_hands_on_exactly_the_bytes(door: FakeDoor) -> None:
    content = CONTENT + bytes(range(256)) + b"\r\n.\r\n\x00\r\r\n\n"
    await door.put(door.room.message(content=content), content=in_pieces(content, 7))
    ((delivery,),) = door.room.store.copies.values()
    assert bytes(delivery.content) == content


@pytest.mark.parametrize("size", [0, 1, MESSAGE_BYTES])
async def test_put_takes_every_size_up_to_the_bound(door: FakeDoor, size: int) -> None:
    message = door.room.message(content=b"x" * size)
    assert (await door.put(message)).status_code == 201


async def test_put_says_ok_when_it_was_delivered_before(door: FakeDoor) -> None:
    message = door.room.message()
    await door.put(message)
    assert (await door.put(message)).status_code == 200
    assert door.room.store.count("taro@example.jp") == 1


async def test_put_of_one_id_at_once_stores_once(door: FakeDoor) -> None:
    message = door.room.message()
    answers = await asyncio.gather(*(door.put(message) for _ in range(20)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201, 409}
    assert door.room.store.count("taro@example.jp") == 1


@pytest.mark.parametrize("key", [KEY, NEXT_KEY])
async def test_put_proves_with_the_edges_own_key_that_the_house_has_it(door: FakeDoor, key: str) -> None:
    message = door.room.message()
    created, already = await door.put(message, key), await door.put(message, key)
    assert (created.status_code, already.status_code) == (201, 200)
    proof = taken_proof(key, message.delivery_id, message.md5)
    assert (created.headers[TAKEN_HEADER], already.headers[TAKEN_HEADER]) == (proof, proof)


async def test_put_proves_nothing_about_what_the_house_does_not_have(door: FakeDoor) -> None:
    door.room.store.outcomes["taro@example.jp"] = StoreOutcome(StoreStatus.TEMPORARY, "as told")
    answers = [await door.put(door.room.message()), await door.put(door.room.message("nobody@example.jp"))]
    answers += [await door.put(big(door, MESSAGE_BYTES + 1)), await door.put(door.room.message(), "k3")]
    assert not {answer.status_code for answer in answers} & {200, 201}
    assert not any(TAKEN_HEADER in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (StoreStatus.TEMPORARY, 429, "mailbox_unavailable"),
        (StoreStatus.OVER_QUOTA, 429, "over_quota"),
        (StoreStatus.PERMANENT, 422, "store_refused"),
    ],
)
async def test_put_tells_what_a_mailbox_said(door: FakeDoor, outcome: StoreStatus, status: int, code: str) -> None:
    door.room.store.outcomes["taro@example.jp"] = StoreOutcome(outcome, "as told")
    answer = await door.put(door.room.message())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"] == "taro@example.jp: as told"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("refusal", list(RefusalReason))
async def test_put_refuses_for_good_with_a_code(door: FakeDoor, refusal: RefusalReason) -> None:
    door.room.directory.refusals["taro@example.jp"] = refusal
    answer = await door.put(door.room.message())
    assert (answer.status_code, answer.json()["code"]) == (422, str(refusal))


async def test_put_of_other_bytes_under_the_same_id_is_a_conflict(door: FakeDoor) -> None:
    message = door.room.message()
    await door.put(message)
    other = replace(message, content=CONTENT[:-1] + b"!", md5=hashlib.md5(CONTENT[:-1] + b"!").hexdigest())
    answer = await door.put(other)
    assert (answer.status_code, answer.json()["code"]) == (409, "md5_mismatch")


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_BEFORE])
async def test_put_meets_an_ill_store(door: FakeDoor, fault: Fault) -> None:
    door.room.store.faults.append(fault)
    answer = await door.put(door.room.message())
    assert answer.status_code == 503
    assert answer.json()["code"].startswith("store_")


async def test_put_meets_an_ill_scanner_and_an_ill_ledger(door: FakeDoor) -> None:
    door.room.scanner.down = True
    assert (await door.put(door.room.message())).json()["code"] == "scanner_unavailable"
    door.room.ledger.faults.append(Fault.DOWN)
    assert (await door.put(door.room.message())).status_code == 503


async def test_put_refuses_a_message_over_the_bound_before_reading_it(door: FakeDoor) -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"x"

    answer = await door.put(big(door, MESSAGE_BYTES + 1), content=body())
    assert (answer.status_code, answer.json()["code"]) == (413, "message_too_large")
    assert str(MESSAGE_BYTES) in answer.json()["detail"]
    assert not read
    assert nothing_happened(door)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param(CONTENT + b"x", "the body is longer than signed", id="longer"),
        pytest.param(CONTENT[:-1], "the body is shorter than signed", id="shorter"),
        pytest.param(b"", "the body is shorter than signed", id="empty"),
        pytest.param(CONTENT[:-1] + b"!", "the body is not the one that was signed", id="other"),
    ],
)
async def test_put_refuses_a_body_that_is_not_the_signed_one(door: FakeDoor, body: bytes, detail: str) -> None:
    answer = await door.put(door.room.message(), content=in_pieces(body, 10))
    assert (answer.status_code, answer.json()["code"]) == (400, "body_mismatch")
    assert answer.json()["detail"] == detail
    assert nothing_happened(door)
    assert door.context.budget.used_bytes == 0


async def test_put_refuses_an_envelope_of_another_size(door: FakeDoor) -> None:
    message = door.room.message()
    answer = await door.put(replace(message, envelope=replace(message.envelope, size_bytes=1)))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert nothing_happened(door)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("envelope", "-"), ("envelope", "e30"), ("envelope", ""), ("md5", "A" * 32), ("md5", ""), ("size", "-1"),
        ("size", "1e3"), ("size", "９"), ("size", ""), ("size", "9" * 5000), ("delivery_id", "x"),
        ("delivery_id", "0193a5c0-7b1e-4c3a-9f00-0123456789ab"), ("delivery_id", "a%0Ab"), ("delivery_id", "..%2F.."),
    ],
)  # fmt: skip
async def test_put_refuses_what_was_signed_but_makes_no_sense(door: FakeDoor, name: str, value: str) -> None:
    signed = replace(door.sign(door.room.message()), **{name: value})
    if name == "delivery_id":
        signed = replace(signed, path=f"/v1/inbound/{value}", delivery_id=value.replace("%0A", "\n"))
    headers = [(key.encode(), text.encode()) for key, text in signed.headers(KEY).items()]
    answer = await door.street.put(signed.path, content=CONTENT, headers=headers)
    assert answer.status_code in {400, 401, 404, 413}
    assert nothing_happened(door)


def headers_of(door: FakeDoor, message: InboundMessage, key: str = KEY) -> dict[str, str]:
    return door.sign(message).headers(key)


@pytest.mark.parametrize(
    "name", ["Machiya-Timestamp", "Machiya-Content-MD5", "Machiya-Size", "Machiya-Envelope", SIGNATURE_HEADER]
)
async def test_put_without_one_of_the_headers_is_unauthorized(door: FakeDoor, name: str) -> None:
    message = door.room.message()
    answer = await door.put(message, headers=without(headers_of(door, message), name))
    assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)
    assert nothing_happened(door)


@pytest.mark.parametrize("key", ["", "k3-secret", KEY.upper(), KEY + " "])
async def test_put_signed_with_another_key_is_unauthorized(door: FakeDoor, key: str) -> None:
    answer = await door.put(door.room.message(), key)
    assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)
    assert nothing_happened(door)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("method", "POST"),
        ("path", "/v1/inbound/0193a5c0-7b1e-7c3a-9f00-0123456789ac"),
        ("timestamp", "1"),
        ("delivery_id", "0193a5c0-7b1e-7c3a-9f00-0123456789ac"),
        ("md5", "0" * 32),
        ("size", "1"),
        ("envelope", "e30"),
    ],
)
async def test_put_with_a_signature_over_another_line_is_unauthorized(door: FakeDoor, line: str, value: str) -> None:
    message = door.room.message()
    other = replace(door.sign(message), **{line: value})
    answer = await door.put(message, headers=with_signature(headers_of(door, message), other.sign(KEY)))
    assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)
    assert nothing_happened(door)


async def test_put_to_another_path_than_signed_is_unauthorized(door: FakeDoor) -> None:
    message, other = door.room.message(), door.room.message()
    answer = await door.put(message, url=f"/v1/inbound/{other.delivery_id}")
    assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)


async def test_put_with_a_percent_spelled_path_is_unauthorized(door: FakeDoor) -> None:
    message = door.room.message()
    answer = await door.put(message, url=f"/v1/inbound/%30{message.delivery_id[1:]}")
    assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("seconds", [-300, 0, 299])
async def test_put_within_five_minutes_is_taken(door: FakeDoor, seconds: int) -> None:
    message = door.room.message()
    late = signed_message(message, str(int(door.timestamp) + seconds + (seconds < 0)))
    assert (await door.put(message, headers=late.headers(KEY))).status_code == 201
    assert door.book.state() is None


@pytest.mark.parametrize("seconds", [-302, 302, 10**9])
async def test_put_outside_five_minutes_is_unauthorized_and_the_skew_is_noted(door: FakeDoor, seconds: int) -> None:
    message = door.room.message()
    stale = signed_message(message, str(int(door.timestamp) + seconds))
    answer = await door.put(message, headers=stale.headers(KEY))
    assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)
    assert nothing_happened(door)
    state = door.book.state()
    assert state is not None
    assert state.clock_skew_seconds == pytest.approx(seconds, abs=1)


async def test_put_with_a_bad_signature_cannot_make_the_house_doubt_its_clock(door: FakeDoor) -> None:
    message = door.room.message()
    stale = signed_message(message, str(int(door.timestamp) + 3600))
    answer = await door.put(message, headers=stale.headers("k3"))
    assert (answer.status_code, answer.content) == (401, UNAUTHORIZED)
    assert door.book.state() is None


async def test_put_hides_everything_about_an_unexpected_error(door: FakeDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        msg = f"a bug near {SECRET}"
        raise RuntimeError(msg)

    monkeypatch.setattr(door.room.store, "store", broken)
    with capture_logs() as logs:
        answer = await door.put(door.room.message())
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (500, "internal_error", "")
    assert SECRET not in answer.text
    assert [event["event"] for event in logs] == ["request.failed"]
    assert door.context.budget.used_bytes == 0


async def test_put_gives_a_name_to_an_expected_error_without_a_status(
    door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def odd(*_: object) -> None:
        raise MachiyaError("something of its own")

    monkeypatch.setattr(door.room.store, "store", odd)
    answer = await door.put(door.room.message())
    assert (answer.status_code, answer.json()["code"]) == (500, "error")


async def test_put_of_a_body_that_never_ends_gives_up() -> None:
    slow = FakeDoor({"body_seconds": 0.01})
    forever = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield CONTENT[:5]
        await forever.wait()

    answer = await slow.put(slow.room.message(), content=body())
    assert (answer.status_code, answer.json()["code"]) == (503, "body_timeout")
    assert slow.context.budget.used_bytes == 0
    assert nothing_happened(slow)


async def test_put_without_room_in_memory_is_busy() -> None:
    door = FakeDoor({"budget": ByteBudget(MESSAGE_BYTES, wait_seconds=0.01)})
    async with door.context.budget.reserve(MESSAGE_BYTES):
        answer = await door.put(door.room.message())
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert (await door.put(door.room.message())).status_code == 201


async def test_put_reserves_no_more_than_the_budget_and_gives_it_back() -> None:
    door = FakeDoor({"budget": ByteBudget(2 * MESSAGE_BYTES, wait_seconds=5)})
    seen: list[int] = []

    async def body(content: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(content), 16384):
            seen.append(door.context.budget.used_bytes)
            await asyncio.sleep(0)
            yield content[start : start + 16384]

    messages = [big(door, MESSAGE_BYTES) for _ in range(10)]
    answers = await asyncio.gather(*(door.put(message, content=body(bytes(message.content))) for message in messages))
    assert {answer.status_code for answer in answers} == {201}
    assert max(seen) == 2 * MESSAGE_BYTES
    assert door.context.budget.used_bytes == 0


async def everything(door: FakeDoor) -> None:
    """One request of every sort, each carrying words that no log may hold."""
    content = f"Subject: {SECRET}\r\nFrom: {SECRET}@example.com\r\n\r\n{SECRET}\r\n".encode()
    message = door.room.message(content=content, sender=f"{SECRET}@example.com")
    await door.put(message)
    await door.put(message)
    await door.put(message, "wrong key")
    await door.put(message, content=content[:-1])
    await door.put(door.room.message(f"{SECRET}@example.jp"))
    await door.put(big(door, MESSAGE_BYTES + 1))
    door.room.store.faults.append(Fault.DOWN)
    await door.put(door.room.message(content=content))
    door.room.store.outcomes["taro@example.jp"] = StoreOutcome(StoreStatus.TEMPORARY, SECRET)
    await door.put(door.room.message(content=content))
    await door.report(json.dumps({"edge": SECRET}).encode())
    await door.recipients()


async def test_logs_hold_nothing_secret_and_nothing_personal(door: FakeDoor) -> None:
    with capture_logs() as logs:
        await everything(door)
    told = json.dumps(logs, default=repr)
    for word in (SECRET, KEY, NEXT_KEY, "wrong key", "taro@", "v1="):
        assert word not in told


async def test_logs_hold_one_event_for_each_message(door: FakeDoor) -> None:
    message = door.room.message()
    with capture_logs() as logs:
        await door.put(message)
    (event,) = logs
    assert event.pop("duration_ms") >= 0
    assert event == {
        "event": "mail.inbound", "log_level": "info", "delivery_id": message.delivery_id, "code": "delivered",
        "size_bytes": len(CONTENT),
    }  # fmt: skip


def sample(door: FakeDoor, name: str, **labels: Any) -> float | None:
    return door.context.metrics.registry.get_sample_value(name, labels)


async def test_metrics_count_answers_bytes_and_strangers(door: FakeDoor) -> None:
    message = door.room.message()
    await door.put(message)
    await door.put(message)
    await door.put(message, "wrong")
    await door.put(message, content=b"")
    assert sample(door, "machiya_inbound_answers_total", status="201", code="delivered") == 1
    assert sample(door, "machiya_inbound_answers_total", status="200", code="already_delivered") == 1
    assert sample(door, "machiya_inbound_answers_total", status="error", code="body_mismatch") == 1
    assert sample(door, "machiya_inbound_bytes_total") == 2 * len(CONTENT)
    assert sample(door, "machiya_unauthorized_requests_total") == 1
