"""The front door over real sockets: raw SMTP in, signed HTTP out, a house that answers, is slow, resets, is away."""

import asyncio
import hashlib
import json
import smtplib
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fakes.doors import Doors
from integration.ports import free_port
from machiya.adapters.house_api.client import HouseApi
from machiya.core.clock import SystemClock
from machiya.core.errors import ConfigurationError, Unavailable
from machiya.core.identifiers import DeliveryId
from machiya.core.sizes import MIB
from machiya.entrypoints.front_door.server import FrontDoor, require_loopback
from machiya.mail.envelope import decode_envelope
from machiya.mail.signature import MD5_HEADER, NOTHING, SIGNATURE_HEADER, SignedRequest, taken_proof, verify

KEY = "k1-secret-of-at-least-32-characters"
BEHAVIOURS = json.loads((Path(__file__).parents[1] / "vectors" / "edge-behaviours.json").read_text())["cases"]
CRLF_DOT = b"\r\n.\r\n"


class Headers(dict[str, str]):
    """Names in any case."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class StandInHouse:
    """Speaks the protocol over sockets; verifies every signature and checksum; answers as told by recipient."""

    def __init__(self, answers: dict[str, Sequence[int | str]] | None = None) -> None:
        self.answers = answers or {}
        self.stored: dict[str, bytes] = {}
        self.offered: list[str] = []
        self.reports: list[dict[str, Any]] = []
        self.orders: list[dict[str, str]] = []
        self.unsigned = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer_one(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
        method, path, _ = head[0].split(" ")
        pairs = [line.partition(": ") for line in head[1:] if line]
        headers = Headers({name.lower(): value for name, _, value in pairs})
        length = int(headers.get("Content-Length", "0"))
        delivery_id = path.rpartition("/")[2] if method == "PUT" else NOTHING
        signed = SignedRequest.from_headers(method, path, headers, delivery_id)
        verify(signed, headers.get(SIGNATURE_HEADER), [KEY], SystemClock().now())
        answer = self._next_answer(headers) if method == "PUT" else 404 if method == "GET" else 200
        if answer == "reset":
            await reader.readexactly(min(length, 3))
            _reset(writer)
            return False
        body = await reader.readexactly(length)
        assert hashlib.md5(body).hexdigest() == headers.get(MD5_HEADER)
        if answer == "timeout":
            await asyncio.sleep(3600)
        status, _, flaw = str(answer).partition("-")
        proof = "" if flaw == "unproven" else taken_proof(KEY, flaw or delivery_id, signed.md5)
        _respond(writer, int(status), self._content(method, path, body, headers, int(status)), proof)
        return True

    def _next_answer(self, headers: Headers) -> int | str:
        recipient = decode_envelope(headers.get("Machiya-Envelope")).recipient
        self.offered.append(recipient)
        script = self.answers.get(recipient, [201])
        return script[min(self.offered.count(recipient), len(script)) - 1]

    def _content(self, method: str, path: str, body: bytes, headers: Headers, status: int) -> bytes:
        if method == "PUT" and status in {200, 201}:
            self.stored[decode_envelope(headers.get("Machiya-Envelope")).recipient] = body
        if path != "/v1/edge/report":
            return json.dumps({"code": f"code_{status}", "detail": "as told"}).encode() if method == "PUT" else b""
        self.reports.append(json.loads(body))
        done = {order["order_id"] for order in self.reports[-1]["orders_done"]}
        return json.dumps({"v": 1, "orders": [o for o in self.orders if o["order_id"] not in done]}).encode()


def _respond(writer: asyncio.StreamWriter, status: int, content: bytes, proof: str) -> None:
    head = f'HTTP/1.1 {status} As told\r\nContent-Length: {len(content)}\r\nETag: "v1"\r\nLocation: /elsewhere\r\n'
    taken = f"Machiya-Taken: {proof}\r\n" if proof else ""
    writer.write(f"{head}{taken}\r\n".encode("ascii") + content)


def _reset(writer: asyncio.StreamWriter) -> None:
    plug: socket.socket = writer.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def doors_of(house: StandInHouse, folder: Path, **changes: Any) -> AsyncIterator[Doors]:
    """A door whose calls go to ``house`` over sockets, with the machine's clock."""
    await house.start()
    seconds = 0.5 if any("timeout" in script for script in house.answers.values()) else 60
    api = HouseApi(f"http://127.0.0.1:{house.port}", KEY, SystemClock(), answer_seconds=seconds)
    doors = Doors(folder, api, **{"port": 0, **changes})
    try:
        yield doors
    finally:
        await api.close()
        await house.stop()


@asynccontextmanager
async def open_door(doors: Doors) -> AsyncIterator[int]:
    """Listening, with couriers and sweep at work; the port."""
    door: FrontDoor = doors.door
    server = await door.listen()
    tasks = [asyncio.create_task(door.courier.run()), asyncio.create_task(door.keep_sweeping())]
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await door.sessions.close(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(true: Any) -> None:
    async with asyncio.timeout(240):
        while not true():  # noqa: ASYNC110 – what is waited for happens beyond a socket
            await asyncio.sleep(0.01)


def send(port: int, wire: bytes, *recipients: str) -> bytes:
    """One raw transaction: ``wire`` follows DATA as it is; everything the door said, until QUIT is answered."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=240) as plug:
        said += _hear(plug, b"EHLO client.test\r\n", b"250 ", skip_banner=True)
        said += _hear(plug, b"MAIL FROM:<a@b.example>\r\n", b"250 ")
        for recipient in recipients:
            said += _hear(plug, f"RCPT TO:<{recipient}>\r\n".encode(), b"250 ")
        said += _hear(plug, b"DATA\r\n", b"354 ")
        plug.sendall(wire + b"QUIT\r\n")
        while b"221 " not in said:
            piece = plug.recv(65536)
            if not piece:
                break
            said += piece
    return said


def _hear(plug: socket.socket, command: bytes, wanted: bytes, *, skip_banner: bool = False) -> bytes:
    said = b""
    if skip_banner:
        while not said.endswith(b"\r\n"):
            said += plug.recv(4096)
    plug.sendall(command)
    heard = b""
    while wanted not in heard:
        piece = plug.recv(4096)
        assert piece, heard
        heard += piece
    return said + heard


@pytest.mark.parametrize("case", BEHAVIOURS, ids=lambda case: case["name"])
async def test_sweep_behaves_as_the_shared_table_says_over_sockets(case: dict[str, Any], tmp_path: Path) -> None:
    house = StandInHouse(case["house"])
    async with doors_of(house, tmp_path) as doors:
        ids = {name: doors.hold_message(name) for name in case["house"]}
        doors.clock.move(days=case.get("age_days", 0))
        for number in range(case["sweeps"]):
            await doors.door.sweep.run()
            doors.clock.move(minutes=20)
            if number == 0:
                orders = case.get("orders", {}).items()
                house.orders = [{"order_id": n, "action": a, "delivery_id": ids[n]} for n, a in orders]
        assert {name: doors.where(delivery_id) for name, delivery_id in ids.items()} == case["end"]
        assert {name: house.offered.count(name) for name in case["offers"]} == case["offers"]
        if alarm := case.get("alarm"):
            assert alarm in {error["code"] for report in house.reports for error in report["errors"]}


async def test_a_reset_in_the_middle_of_a_large_body_loses_nothing(tmp_path: Path) -> None:
    body = b"x" * (8 * MIB)
    house = StandInHouse({"u0": ["reset", 201]})
    async with doors_of(house, tmp_path) as doors:
        delivery_id = doors.hold_message("u0", body)
        await doors.door.sweep.run()
        assert doors.where(delivery_id) == "held"
        doors.clock.move(minutes=1)
        await doors.door.sweep.run()
        assert doors.where(delivery_id) == "gone"
    assert house.stored["u0"] == body


async def test_a_house_that_is_away_costs_nothing_and_gets_everything_later(tmp_path: Path) -> None:
    house = StandInHouse()
    house.port = free_port()
    api = HouseApi(f"http://127.0.0.1:{house.port}", KEY, SystemClock())
    doors = Doors(tmp_path, api, port=0)
    ids: list[DeliveryId] = [doors.hold_message(f"u{number}") for number in range(20)]
    await doors.door.sweep.run()
    assert {doors.where(delivery_id) for delivery_id in ids} == {"held"}
    await house.start()
    doors.clock.move(minutes=1)
    await doors.door.sweep.run()
    assert sorted(house.offered) == sorted(f"u{number}" for number in range(20))
    assert {doors.where(delivery_id) for delivery_id in ids} == {"gone"}
    await api.close()
    await house.stop()


async def test_a_message_goes_from_the_socket_to_the_house_byte_for_byte(tmp_path: Path) -> None:
    house, body = StandInHouse(), b"Subject: hi\r\n\r\n\x00\xff\x80 bare\nand\rends\r\n" + b"y" * 100_000 + b"\r\n"
    async with doors_of(house, tmp_path, message_bytes=MIB) as doors, open_door(doors) as port:
        said = await asyncio.to_thread(send, port, body + b"..dot\r\n.\r\n", "taro@example.jp", "hanako@example.jp")
        assert b"250 2.0.0 held as " in said
        await until(lambda: len(house.stored) == 2 and not doors.hold.held_ids().ids)
    assert house.stored == {"taro@example.jp": body + b".dot\r\n", "hanako@example.jp": body + b".dot\r\n"}


@pytest.mark.parametrize(
    "smuggled", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n.\r\r\n", b"\r\n\x00.\r\n", b"\n\n.\n"]
)
async def test_no_second_message_can_be_smuggled(tmp_path: Path, smuggled: bytes) -> None:
    inside = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<victim@example.jp>\r\nDATA\r\nevil"
    house = StandInHouse()
    async with doors_of(house, tmp_path) as doors, open_door(doors) as port:
        said = await asyncio.to_thread(send, port, b"hello" + smuggled + inside + CRLF_DOT, "taro@example.jp")
        await until(lambda: house.stored)
    assert said.count(b"354 ") == 1
    assert set(house.stored) == {"taro@example.jp"}
    assert house.stored["taro@example.jp"].endswith(inside + b"\r\n")


async def test_exactly_the_limit_passes_and_a_byte_more_does_not(tmp_path: Path) -> None:
    house, limit = StandInHouse(), 25 * MIB
    async with doors_of(house, tmp_path, message_bytes=limit) as doors, open_door(doors) as port:
        line = b"." + b"z" * 75 + b"\r\n"
        exact = (line * (limit // len(line) + 1))[: limit - 2] + b"\r\n"
        wire = exact.replace(b"\r\n.", b"\r\n..")
        said = await asyncio.to_thread(send, port, b"." + wire + b".\r\n", "taro@example.jp")
        assert b"250 2.0.0 held" in said
        await until(lambda: house.stored)
        more = await asyncio.to_thread(send, port, b"." + b"z" + wire + b".\r\n", "hanako@example.jp")
    assert house.stored == {"taro@example.jp": exact}
    assert b"552 5.3.4" in more


async def test_smtplib_delivers_as_anybody_would(tmp_path: Path) -> None:
    house = StandInHouse()

    def deliver(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=240) as smtp:
            smtp.sendmail("", ["taro@example.jp"], "Subject: hello\n\nThe first mail.")

    async with doors_of(house, tmp_path) as doors, open_door(doors) as port:
        await asyncio.to_thread(deliver, port)
        await until(lambda: house.stored)
    assert house.stored["taro@example.jp"] == b"Subject: hello\r\n\r\nThe first mail.\r\n"


async def test_five_hundred_messages_while_the_house_is_away_arrive_once_each(tmp_path: Path) -> None:
    house = StandInHouse()
    house.port = free_port()
    api = HouseApi(f"http://127.0.0.1:{house.port}", KEY, SystemClock())
    doors = Doors(tmp_path, api, port=0, sweep_interval_seconds=0.05)

    def stream(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=240) as smtp:
            for number in range(500):
                smtp.sendmail("a@b.example", [f"u{number}@example.jp"], f"Subject: {number}\r\n\r\n")

    async with open_door(doors) as port:
        sending = asyncio.create_task(asyncio.to_thread(stream, port))
        await until(lambda: len(doors.hold.held_ids().ids) >= 100)
        await house.start()
        doors.clock.move(minutes=1)
        await sending
        doors.clock.move(minutes=1)
        await until(lambda: not doors.hold.held_ids().ids)
    assert sorted(house.offered) == sorted(f"u{number}@example.jp" for number in range(500))
    assert house.stored["u7@example.jp"].startswith(b"Subject: 7\r\n")
    await api.close()
    await house.stop()


async def test_a_taken_port_says_which_setting_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = int(holder.getsockname()[1])
        with pytest.raises(Unavailable, match=f"127.0.0.1:{port}") as caught:
            await Doors(tmp_path, port=port).door.listen()
    assert "front_door.port" in caught.value.hint


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "house.example.jp"])  # noqa: S104 – refused
def test_require_loopback_refuses_an_open_door(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"front_door\.host") as caught:
        require_loopback(host, "")
    assert "open_ports_reason" in caught.value.hint
    require_loopback(host, "a test network without a way in")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_require_loopback_lets_this_machine_in(host: str) -> None:
    require_loopback(host, "")
