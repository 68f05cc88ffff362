"""The scanner over HTTP, against an rspamd made of functions."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from fakes.mail_room import CONTENT, MailRoom
from machiya.adapters.rspamd.scanner import ANSWER_BYTES, PROOF_SECONDS, RspamdScanner
from machiya.mail.model import VerdictAction
from machiya.mail.ports import ScannerUnavailable

CLEAN = {"action": "no action", "score": 0.0, "required_score": 15.0, "symbols": {"ANTIVIRUS_ANSWERED": {}}}
SELF_TEST = b"Subject: self-test of the virus scanner"
VIRUS = CLEAN | {"action": "reject", "symbols": {"CLAM_VIRUS": {"score": 5.0, "options": ["Eicar"]}}}
CLOUDFLARE = b"Received: from mx.street.example (198.51.100.7) by cloudflare-email.net (cloudflare) id x\r\n"


class FakeRspamd(httpx.AsyncBaseTransport):
    """Finds the test virus unless ``blind``; ``faults`` are raised or answered, one a request."""

    def __init__(self) -> None:
        self.requests: list[tuple[httpx.Headers, bytes]] = []
        self.faults: list[Exception | httpx.Response | None] = []
        self.blind = False
        self.gate: asyncio.Event | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.requests.append((request.headers, body))
        if self.gate:
            await self.gate.wait()
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        found = SELF_TEST in body and not self.blind
        return fault or httpx.Response(200, json=VIRUS if found else CLEAN)

    def tests(self) -> int:
        return sum(SELF_TEST in body for _, body in self.requests)


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def rspamd() -> FakeRspamd:
    return FakeRspamd()


@pytest.fixture
def clock() -> Time:
    return Time()


Make = Callable[..., RspamdScanner]


@pytest.fixture
async def make(rspamd: FakeRspamd, clock: Time) -> AsyncIterator[Make]:
    made: list[RspamdScanner] = []

    def build(**changes: Any) -> RspamdScanner:
        options: dict[str, Any] = {
            "timeout_seconds": 5.0,
            "connections": 2,
            "antivirus": True,
            "hostname": "home.test",
        } | changes
        made.append(RspamdScanner("http://rspamd.test:11333", transport=rspamd, monotonic=clock, **options))
        return made[-1]

    yield build
    for scanner in made:
        await scanner.close()


async def test_scan_sends_envelope_and_bytes(make: Make, rspamd: FakeRspamd) -> None:
    message = MailRoom().message("tärö@example.jp", CLOUDFLARE + CONTENT, sender="a\r\nIP: 1@b.example")
    verdict = await make().scan(message)
    headers, body = rspamd.requests[-1]
    assert verdict.action is VerdictAction.ACCEPT
    assert verdict.scanned
    assert body == CLOUDFLARE + CONTENT
    assert (headers["ip"], headers["helo"], headers["queue-id"]) == (
        "198.51.100.7",
        "mx.street.example",
        message.delivery_id,
    )
    raw = {name.lower(): value for name, value in headers.raw}
    assert (raw[b"rcpt"], raw[b"from"]) == ("tärö@example.jp".encode(), b"aIP: 1@b.example")
    assert headers["content-length"] == str(len(body))


async def test_scan_names_no_client_that_cloudflare_did_not_name(make: Make, rspamd: FakeRspamd) -> None:
    await make().scan(MailRoom().message(content=b"Received: from x (192.0.2.1) by y\r\n" + CONTENT))
    headers, _ = rspamd.requests[-1]
    assert "ip" not in headers
    assert "helo" not in headers


async def test_scan_believes_nothing_before_the_test_virus_was_found(make: Make, rspamd: FakeRspamd) -> None:
    rspamd.blind, scanner = True, make()
    with pytest.raises(ScannerUnavailable, match="does not find the test virus"):
        await scanner.scan(MailRoom().message())
    rspamd.blind = False
    assert (await scanner.scan(MailRoom().message())).action is VerdictAction.ACCEPT


async def test_scan_without_antivirus_needs_no_test_virus(make: Make, rspamd: FakeRspamd) -> None:
    rspamd.blind = True
    assert (await make(antivirus=False).scan(MailRoom().message())).action is VerdictAction.ACCEPT


async def test_scan_proves_again_after_five_minutes_and_after_a_failure(
    make: Make, rspamd: FakeRspamd, clock: Time
) -> None:
    scanner, room = make(), MailRoom()
    await asyncio.gather(*(scanner.scan(room.message()) for _ in range(4)))
    assert rspamd.tests() == 1
    clock.now += PROOF_SECONDS
    await scanner.scan(room.message())
    assert rspamd.tests() == 2
    rspamd.faults.append(httpx.Response(500))
    with pytest.raises(ScannerUnavailable):
        await scanner.scan(room.message())
    await scanner.scan(room.message())
    assert rspamd.tests() == 3


async def test_scan_tries_once_more_where_a_kept_connection_was_closed(make: Make, rspamd: FakeRspamd) -> None:
    scanner, room = make(), MailRoom()
    await scanner.scan(room.message())
    rspamd.faults.append(httpx.RemoteProtocolError("Server disconnected"))
    assert (await scanner.scan(room.message())).action is VerdictAction.ACCEPT


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(503, text="no workers"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text="[" * 100_000),
        httpx.Response(200, content=b" " * (ANSWER_BYTES + 1)),
        httpx.Response(200, content=json.dumps(CLEAN | {"action": "soft reject"}).encode()),
    ],
    ids=["down", "slow", "503", "no JSON", "deep", "endless", "soft reject"],
)
async def test_scan_gives_no_verdict_when_rspamd_is_ill(
    make: Make, rspamd: FakeRspamd, fault: Exception | httpx.Response
) -> None:
    scanner, room = make(), MailRoom()
    await scanner.prove()
    rspamd.faults.append(fault)
    with pytest.raises(ScannerUnavailable) as caught:
        await scanner.scan(room.message())
    assert "machiya status" in caught.value.hint


async def test_scan_is_bounded_in_time(make: Make, rspamd: FakeRspamd) -> None:
    rspamd.gate = asyncio.Event()
    with pytest.raises(ScannerUnavailable, match="did not answer within"):
        await make(timeout_seconds=0.01).scan(MailRoom().message())
