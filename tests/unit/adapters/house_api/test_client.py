import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.moving_clock import START, MovingClock
from machiya.adapters.house_api.client import HouseApi
from machiya.core.clock import from_wire
from machiya.core.identifiers import DeliveryId
from machiya.mail.held import HeldMessage
from machiya.mail.model import Envelope
from machiya.mail.signature import SIGNATURE_HEADER, TAKEN_HEADER, SignedRequest, taken_proof, verify

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "signatures.json").read_text("utf-8"))
CASES = VECTORS["cases"]
ID = DeliveryId("0193a5c0-7b1e-7c3a-9f00-0123456789ab")
MESSAGE = HeldMessage(ID, Envelope("a@example.com", "taro@example.jp", START, 5), "5d41402abc4b2a76b9719d911017c592")
Handler = Callable[[httpx.Request], httpx.Response]


def house(handler: Handler, **options: Any) -> HouseApi:
    return HouseApi("http://house.test", "k1-secret", MovingClock(), transport=httpx.MockTransport(handler), **options)


class Seen:
    def __init__(self, response: httpx.Response | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self.response = response or httpx.Response(201)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.response


def message_of(case: dict[str, Any]) -> HeldMessage:
    told = case["envelope"]
    envelope = Envelope(told["from"], told["to"], from_wire(told["at"]), told["size"])
    return HeldMessage(DeliveryId(case["delivery_id"]), envelope, case["md5"])


async def call(api: HouseApi, case: dict[str, Any]) -> None:
    body = base64.b64decode(case["body_base64"])
    if case["method"] == "PUT":
        await api.offer(message_of(case), io.BytesIO(body))
    elif case["method"] == "POST":
        await api.report(body)
    else:
        await api.recipients("")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_calls_are_signed_as_the_shared_vectors_say(case: dict[str, Any]) -> None:
    seen = Seen()
    clock = MovingClock(datetime.fromtimestamp(case["timestamp"] + 0.9, tz=UTC))
    await call(HouseApi("http://house.test", case["key"], clock, transport=httpx.MockTransport(seen)), case)
    (request,) = seen.requests
    assert (request.method, request.url.path) == (case["method"], case["path"])
    assert request.headers["Machiya-Signature"] == case["signature"]
    assert request.headers["Machiya-Timestamp"] == str(case["timestamp"])
    assert request.headers["Machiya-Content-MD5"] == case["md5"]
    assert request.headers["Machiya-Size"] == str(case["size"])
    assert request.headers["Machiya-Envelope"] == case["envelope_header"]
    assert request.content == base64.b64decode(case["body_base64"])


async def test_offer_streams_with_a_length_and_a_signature_the_house_accepts() -> None:
    seen = Seen()
    assert (await house(seen).offer(MESSAGE, io.BytesIO(b"hello"))).status == 201
    (request,) = seen.requests
    assert request.headers["Content-Length"] == "5"
    assert "Transfer-Encoding" not in request.headers
    signed = SignedRequest.from_headers("PUT", request.url.path, request.headers, ID)
    verify(signed, request.headers[SIGNATURE_HEADER], ["k1-secret"], START)


async def test_offer_never_reads_a_large_body_at_once() -> None:
    largest = 0

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal largest
            largest = max(largest, size if size is not None and size >= 0 else 1 << 40)
            return super().read(size)

    await house(Seen()).offer(MESSAGE, Watched(b"x" * 3_000_000))
    assert largest <= 256 * 1024


@pytest.mark.parametrize("status", [200, 201, 302, 401, 408, 409, 413, 418, 422, 429, 500, 503])
async def test_offer_tells_every_status_as_it_is(status: int) -> None:
    answer = await house(Seen(httpx.Response(status, headers={"Location": "http://elsewhere.test/"}))).offer(
        MESSAGE, io.BytesIO(b"hello")
    )
    assert answer.status == status


PROOF = taken_proof("k1-secret", MESSAGE.delivery_id, MESSAGE.md5)


@pytest.mark.parametrize("case", VECTORS["taken"], ids=lambda case: case["name"])
async def test_offer_knows_the_proof_of_the_shared_vectors(case: dict[str, Any]) -> None:
    transport = httpx.MockTransport(Seen(httpx.Response(200, headers={TAKEN_HEADER: case["taken"]})))
    api = HouseApi("http://house.test", case["key"], MovingClock(), transport=transport)
    message = HeldMessage(DeliveryId(case["delivery_id"]), MESSAGE.envelope, case["md5"])
    assert (await api.offer(message, io.BytesIO(b"hello"))).proven


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({TAKEN_HEADER: ""}, id="empty"),
        pytest.param({TAKEN_HEADER: PROOF.removeprefix("v1=")}, id="without version"),
        pytest.param({TAKEN_HEADER: PROOF[:-1]}, id="cut short"),
        pytest.param({TAKEN_HEADER: taken_proof("k2", MESSAGE.delivery_id, MESSAGE.md5)}, id="another key"),
        pytest.param({TAKEN_HEADER: taken_proof("k1-secret", "another", MESSAGE.md5)}, id="another message"),
        pytest.param({TAKEN_HEADER: taken_proof("k1-secret", MESSAGE.delivery_id, "0" * 32)}, id="another content"),
        pytest.param({TAKEN_HEADER: "v1=é"}, id="beyond ASCII"),
    ],
)
@pytest.mark.parametrize("status", [200, 201])
async def test_offer_takes_no_other_servers_word_for_a_receipt(status: int, headers: dict[str, str]) -> None:
    sent = httpx.Headers(headers, encoding="utf-8")
    page = httpx.Response(status, headers=sent, content=b"<html>log in</html>")
    answer = await house(Seen(page)).offer(MESSAGE, io.BytesIO(b"hello"))
    assert (answer.status, answer.proven) == (status, False)


async def test_offer_reads_code_and_detail_of_a_problem() -> None:
    problem = {"status": 422, "code": "unknown_recipient", "detail": "nobody here"}
    answer = await house(Seen(httpx.Response(422, json=problem))).offer(MESSAGE, io.BytesIO(b"hello"))
    assert (answer.code, answer.detail) == ("unknown_recipient", "nobody here")


@pytest.mark.parametrize("page", [b"<html>Bad gateway</html>", b"", b"[]", b"\xff", b"[" * 50_000])
async def test_offer_survives_a_page_that_is_no_problem_document(page: bytes) -> None:
    answer = await house(Seen(httpx.Response(502, content=page))).offer(MESSAGE, io.BytesIO(b"hello"))
    assert (answer.status, answer.code, answer.detail) == (502, "", "")


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadError("reset"), httpx.WriteError(""), httpx.ReadTimeout("slow")]
)
async def test_silence_is_an_answer_without_status(error: httpx.TransportError) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise error

    answer = await house(fail).offer(MESSAGE, io.BytesIO(b"hello"))
    assert answer.status is None
    assert type(error).__name__ in answer.detail


async def test_a_house_that_drips_is_cut_off_as_a_whole() -> None:
    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"."
                await asyncio.sleep(0)

    answer = await house(Seen(httpx.Response(201, stream=Dripping())), answer_seconds=0.05).offer(
        MESSAGE, io.BytesIO(b"hello")
    )
    assert answer.status is None
    assert "0.05 s" in answer.detail


async def test_recipients_asks_conditionally_and_tells_the_etag() -> None:
    seen = Seen(httpx.Response(200, content=b"0123 a\n", headers={"ETag": '"v2"'}))
    answer = await house(seen).recipients('"v1"')
    assert seen.requests[0].headers["If-None-Match"] == '"v1"'
    assert (answer.status, answer.etag, answer.body) == (200, '"v2"', b"0123 a\n")
    await house(seen).recipients("")
    assert "If-None-Match" not in seen.requests[1].headers


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:3128")
    api = HouseApi("http://house.test", "key", MovingClock())
    assert api._client._mounts == {}
    await api.close()


async def test_calls_carry_the_name_of_the_house_where_a_tunnel_is_called() -> None:
    seen, plain = Seen(), Seen()
    for handler, options in ((seen, {"hostname": "mail.home.test"}), (plain, {})):
        api = house(handler, **options)
        await api.recipients("")
        await api.close()
    assert [request.headers["Host"] for request in (*seen.requests, *plain.requests)] == [
        "mail.home.test",
        "house.test",
    ]
    assert seen.requests[0].url.host == "house.test"
