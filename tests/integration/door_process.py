"""A real ``machiya mail-api`` on a real house: started, asked, killed with ``kill -9``, and offered signed messages."""

import asyncio
import hashlib
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from integration.ports import free_port
from machiya.bootstrap import open_house
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.envelope import encode_envelope
from machiya.mail.model import Envelope
from machiya.mail.signature import SignedRequest

MAILBOX = "you@home.test"
ALIAS = "hello@home.test"
START_SECONDS = 240


def new_id() -> DeliveryId:
    return new_delivery_id(datetime.now(tz=UTC))


def signed_put(content: bytes, delivery_id: DeliveryId | None = None, recipient: str = MAILBOX) -> SignedRequest:
    """What an honest edge signs, now."""
    now = datetime.now(tz=UTC)
    made = delivery_id or new_id()
    envelope = encode_envelope(Envelope("stranger@street.example", recipient, now, len(content)))
    md5 = hashlib.md5(content).hexdigest()
    return SignedRequest(
        "PUT", f"/v1/inbound/{made}", str(int(now.timestamp())), md5, str(len(content)), made, envelope
    )


class DoorProcess:
    """One house and its door; ``start`` and ``kill`` as often as wanted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port, self.private_port = free_port(), free_port()
        self.temporary = root.parent / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,  # noqa: TID251 – a child needs its parent's
            "MACHIYA_MAIL_API__PORT": str(self.port),
            "MACHIYA_MAIL_API__PRIVATE_PORT": str(self.private_port),
            "TMPDIR": str(self.temporary),
        }

    async def machiya(self, *words: str) -> asyncio.subprocess.Process:
        """Run a command on the house; what it says is in ``log``."""
        log = self.root.parent / "machiya.log"
        with log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "machiya", "--house", str(self.root), *words,
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, env=self._environment(),
            )  # fmt: skip

    async def build(self) -> None:
        """``machiya init --sample``."""
        made = await self.machiya("init", "--sample")
        assert await made.wait() == 0, self.log()
        self.key = open_house(self.root).signing_keys()[0]

    async def start(self) -> None:
        """Start and wait until it is ready."""
        self._process = await self.machiya("mail-api")
        async with asyncio.timeout(START_SECONDS):
            while not await self.ready():
                assert self._process.returncode is None, self.log()
                await asyncio.sleep(0.05)

    async def ready(self) -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                answer = await client.get(f"http://127.0.0.1:{self.private_port}/health/ready")
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    async def kill(self) -> None:
        """``kill -9``."""
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end; its exit code."""
        assert self._process
        if self._process.returncode is None:
            self._process.terminate()
        async with asyncio.timeout(START_SECONDS):
            return await self._process.wait()

    def log(self) -> str:
        return (self.root.parent / "machiya.log").read_text("utf-8", "replace")[-4000:]

    def stored(self) -> Counter[str]:
        """How often each delivery (32 hex digits) is in ``new/`` or ``cur/`` of the mailbox."""
        maildir = self.root / "data" / "bulk" / "mail" / "home.test" / "you" / "Maildir"
        files = [file.name for part in ("new", "cur") for file in (maildir / part).glob("*")]
        return Counter(name.split(".")[1] for name in files)

    def stored_files(self) -> list[Path]:
        maildir = self.root / "data" / "bulk" / "mail" / "home.test" / "you" / "Maildir"
        return sorted(maildir.glob("new/*"))


@asynccontextmanager
async def running_door(folder: Path) -> AsyncIterator[DoorProcess]:
    """A door that is ready, and gone afterwards."""
    door = DoorProcess(folder / "house")
    await door.build()
    await door.start()
    try:
        yield door
    finally:
        await door.stop()
