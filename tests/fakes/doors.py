"""A front door on a real hold folder, with a house that answers as told and a clock that is moved."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes.house import FakeHouse
from fakes.moving_clock import MovingClock
from machiya.adapters.hold.folder import HoldFolder
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.entrypoints.front_door.server import FrontDoor, Plan
from machiya.entrypoints.front_door.smtp import FrontDoorSmtp
from machiya.mail.model import Envelope

MESSAGE_BYTES = 64 * 1024
RECIPIENT_KEY = "test-recipient-key"


def plan(**changes: Any) -> Plan:
    """What the tests do not talk about."""
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 2525,
        "hostname": "house.test",
        "message_bytes": MESSAGE_BYTES,
        "hold_days": 14,
        "recipient_key": RECIPIENT_KEY,
        "recipients_interval_seconds": 5,
        "sweep_interval_seconds": 1,
        "report_quiet_seconds": 0,
    }
    return Plan(**values | changes)


async def until(true: Callable[[], Any]) -> None:
    """Waits for what other tasks do; the limit only ends a test that is lost."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 – what is waited for has no event
            await asyncio.sleep(0.001)


class Doors:
    """The door and everything around it; ``restart`` builds it anew on the same folder."""

    def __init__(self, folder: Path, house: Any = None, **changes: Any) -> None:
        self.folder, self.clock, self.plan = folder, MovingClock(), plan(**changes)
        self.house = house or FakeHouse()
        self.restart()

    def restart(self) -> None:
        self.hold = HoldFolder(self.folder / "hold")
        self.door = FrontDoor(self.hold, self.house, self.clock, self.plan)

    def hold_message(self, recipient: str, body: bytes = b"Subject: x\r\n\r\nhello\r\n") -> DeliveryId:
        """Held as the listener would, one millisecond after the one before."""
        self.clock.move(milliseconds=1)
        delivery_id = new_delivery_id(self.clock.now())
        incoming = self.hold.incoming(delivery_id)
        incoming.write(body)
        envelope = Envelope("a@b.example", recipient, self.clock.now(), len(body))
        self.hold.keep(incoming, [(delivery_id, envelope)])
        return delivery_id

    def where(self, delivery_id: DeliveryId) -> str:
        places = [name for name, listing in self._places() if delivery_id in listing().ids]
        return "+".join(places) or "gone"

    def _places(self) -> list[tuple[str, Callable[[], Any]]]:
        return [("held", self.hold.held_ids), ("dead", self.hold.dead_ids)]


class Wire(asyncio.Transport):
    """The client's end of a conversation without a socket."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 40000)})
        self.received = bytearray()
        self.closed = False
        self.protocol: FrontDoorSmtp | None = None

    def write(self, data: Any) -> None:
        self.received += data

    def close(self) -> None:
        if not self.closed and self.protocol:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Caller:
    """Speaks SMTP to a door in memory; ``replies`` are the complete lines so far."""

    def __init__(self, door: FrontDoor) -> None:
        self.wire = Wire()
        self.protocol = FrontDoorSmtp(door.reception, door.sessions, door.plan.hostname)
        self.wire.protocol = self.protocol

    async def connect(self) -> str:
        self.protocol.connection_made(self.wire)
        return (await self.reply()).decode()

    async def say(self, line: bytes) -> str:
        self.send(line + b"\r\n")
        return (await self.reply()).decode()

    def send(self, data: bytes) -> None:
        self.protocol.data_received(data)

    async def reply(self) -> bytes:
        """The next complete reply, without its final CRLF."""
        while not self._complete():
            if self.wire.closed:
                raise ConnectionResetError(bytes(self.wire.received))
            await asyncio.sleep(0.001)
        reply, self.wire.received = bytes(self.wire.received), bytearray()
        return reply.removesuffix(b"\r\n")

    def _complete(self) -> bool:
        lines = bytes(self.wire.received).split(b"\r\n")
        return len(lines) > 1 and lines[-1] == b"" and lines[-2][3:4] != b"-"

    async def greet(self) -> None:
        await self.connect()
        await self.say(b"EHLO client.test")

    async def deliver(self, data: bytes, *recipients: bytes, sender: bytes = b"a@b.example") -> str:
        """One transaction; ``data`` goes over the wire as it is, followed by CRLF dot CRLF unless it ends so."""
        await self.say(b"MAIL FROM:<" + sender + b"> BODY=8BITMIME SMTPUTF8")
        for recipient in recipients or (b"taro@example.jp",):
            assert (await self.say(b"RCPT TO:<" + recipient + b">")).startswith("250")
        assert (await self.say(b"DATA")).startswith("354")
        self.send(data)
        return (await self.reply()).decode()

    async def leave(self) -> None:
        await self.say(b"QUIT")
        await asyncio.sleep(0)
