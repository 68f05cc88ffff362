"""The door over a real socket: it answers early, and both the client and the connection stay usable."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from integration.door_process import DoorProcess, running_door, signed_put
from machiya.mail.signature import SignedRequest

MIB = 1024 * 1024
LARGE = b"Subject: large\r\n\r\n" + b"x" * (25 * MIB - 18)
SMALL = b"Subject: small\r\n\r\nhello\r\n"
WRONG = "not the key"
ANSWER_SECONDS = 120


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DoorProcess]:
    async with running_door(tmp_path_factory.mktemp("door")) as running:
        yield running


def is_stored(door: DoorProcess, signed: SignedRequest) -> bool:
    return signed.delivery_id.replace("-", "") in door.stored()


class Wire:
    """HTTP/1.1 by hand, so that a test decides what is sent before what is read."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, door: DoorProcess) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", door.port))

    async def head(self, signed: SignedRequest, key: str, length: int, **more: str) -> None:
        headers = {"Host": "door", "Content-Length": str(length), **signed.headers(key), **more}
        lines = [f"{signed.method} {signed.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        """The next answer, also one that comes while we are still sending."""
        async with asyncio.timeout(ANSWER_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
            return int(head.split()[1]), await self.reader.readexactly(length)

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


def code(body: bytes) -> str:
    return str(json.loads(body)["code"])


@pytest.mark.parametrize(
    ("key", "content", "status"),
    [pytest.param(WRONG, LARGE, 401, id="401"), pytest.param("", LARGE + b"x", 413, id="413")],
)
async def test_door_answers_before_the_body_has_come(door: DoorProcess, key: str, content: bytes, status: int) -> None:
    wire = await Wire.to(door)
    refused = signed_put(content)
    await wire.head(refused, key or door.key, len(content))
    await wire.send(content[:MIB])
    assert (await wire.answer())[0] == status
    # The rest goes on coming, as from a client that does not look; the connection is as good as new after it.
    await wire.send(content[MIB:])
    good = signed_put(SMALL)
    await wire.head(good, door.key, len(SMALL))
    await wire.send(SMALL)
    assert (await wire.answer())[0] == 201
    await wire.close()
    assert is_stored(door, good)
    assert not is_stored(door, refused)


@pytest.mark.parametrize("status", [401, 413])
async def test_door_lets_an_ordinary_client_hear_the_answer(door: DoorProcess, status: int) -> None:
    content, key = (LARGE, WRONG) if status == 401 else (LARGE + b"x", door.key)
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        for _ in range(3):
            signed = signed_put(content)
            answer = await client.put(door.url + signed.path, content=content, headers=signed.headers(key))
            assert answer.status_code == status
        good = signed_put(SMALL)
        answer = await client.put(door.url + good.path, content=SMALL, headers=good.headers(door.key))
    assert answer.status_code == 201


async def test_door_refuses_before_it_says_continue(door: DoorProcess) -> None:
    wire = await Wire.to(door)
    await wire.head(signed_put(LARGE), WRONG, len(LARGE), Expect="100-continue")
    assert (await wire.answer())[0] == 401
    await wire.close()


async def test_door_says_continue_to_the_edge(door: DoorProcess) -> None:
    wire = await Wire.to(door)
    await wire.head(signed_put(SMALL), door.key, len(SMALL), Expect="100-continue")
    assert (await wire.answer())[0] == 100
    await wire.send(SMALL)
    assert (await wire.answer())[0] == 201
    await wire.close()


async def test_door_survives_a_client_that_hangs_up(door: DoorProcess) -> None:
    for key in (WRONG, door.key):
        wire = await Wire.to(door)
        await wire.head(signed_put(LARGE), key, len(LARGE))
        await wire.send(LARGE[:MIB])
        wire.writer.transport.abort()
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        good = signed_put(SMALL)
        answer = await client.put(door.url + good.path, content=SMALL, headers=good.headers(door.key))
        metrics = await client.get(f"http://127.0.0.1:{door.private_port}/metrics")
    assert answer.status_code == 201
    assert "machiya_buffered_bytes 0.0" in metrics.text


async def test_door_refuses_a_chunked_body_longer_than_signed(door: DoorProcess) -> None:
    async def longer() -> AsyncIterator[bytes]:
        yield SMALL
        yield b"more"

    signed = signed_put(SMALL)
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        answer = await client.put(door.url + signed.path, content=longer(), headers=signed.headers(door.key))
    assert (answer.status_code, code(answer.content)) == (400, "body_mismatch")
    assert not is_stored(door, signed)


async def test_door_takes_a_message_of_exactly_the_bound_byte_for_byte(door: DoorProcess) -> None:
    signed = signed_put(LARGE)
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        answer = await client.put(door.url + signed.path, content=LARGE, headers=signed.headers(door.key))
    assert answer.status_code == 201
    (file,) = (file for file in door.stored_files() if signed.delivery_id.replace("-", "") in file.name)
    assert file.read_bytes().endswith(LARGE.replace(b"\r\n", b"\n"))


ODD_REQUESTS = {
    "no HTTP": b"\x16\x03\x01 hello\r\n\r\n",
    "escaped octets in the path": b"PUT /v1/inbound/%FF%00 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "raw octets in the path": b"PUT /v1/inbound/\xe9\xff HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "two lengths": b"PUT /v1/inbound/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "length and chunks": (
        b"PUT /v1/inbound/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
}


async def test_door_answers_odd_requests_with_a_refusal(door: DoorProcess) -> None:
    before = door.stored()
    for name, request in ODD_REQUESTS.items():
        wire = await Wire.to(door)
        await wire.send(request)
        async with asyncio.timeout(ANSWER_SECONDS):
            status = (await wire.reader.readline()).split()
        assert status[1] in {b"400", b"401", b"404"}, name
        await wire.close()
    assert await door.ready()
    assert door.stored() == before


async def test_door_names_the_port_that_is_taken_and_stops_when_asked(door: DoorProcess, tmp_path: Path) -> None:
    other = DoorProcess(tmp_path / "house")
    await other.build()
    free, other.port = other.port, door.port
    process = await other.machiya("mail-api")
    assert await process.wait() == 9
    assert f"cannot listen on 127.0.0.1:{door.port}" in other.log()
    assert "Traceback" not in other.log()
    other.port = free
    await other.start()
    assert await other.stop() == 0
