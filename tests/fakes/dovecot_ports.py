"""The two ports of Dovecot that Postfix knows: log-in (Dovecot's auth protocol) and LMTP; one thread, in memory.

Source: https://doc.dovecot.org/main/developers/design/auth_protocol.html, RFC 2033.
"""

import asyncio
import base64
import contextlib
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

AUTH_PORT, LMTP_PORT = 12345, 24
_GREETING = b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n"

_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FakeDovecotPorts:
    """``passwords`` by login; ``stored`` holds what LMTP took, by mailbox; with ``down`` it answers 451."""

    host: str
    passwords: dict[str, str] = field(default_factory=dict)
    stored: dict[str, list[bytes]] = field(default_factory=dict)
    down: bool = False
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(120)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread:
            self._thread.join(120)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        services: tuple[tuple[_Serve, int], ...] = ((self._auth, AUTH_PORT), (self._lmtp, LMTP_PORT))
        servers = [
            self._loop.run_until_complete(asyncio.start_server(_quietly(serve), self.host, port))
            for serve, port in services
        ]
        ready.set()
        self._loop.run_forever()
        for server in servers:
            server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _auth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_GREETING)
        while line := await reader.readline():
            fields = line.decode().rstrip("\n").split("\t")
            if fields[0] == "AUTH":
                writer.write(self._verdict(fields[1], fields).encode())
                await writer.drain()

    def _verdict(self, number: str, fields: list[str]) -> str:
        response = next((part[len("resp=") :] for part in fields if part.startswith("resp=")), "")
        _, login, password = base64.b64decode(response).decode().split("\0")
        good = self.passwords.get(login.lower()) == password
        return f"OK\t{number}\tuser={login.lower()}\n" if good else f"FAIL\t{number}\tuser={login}\n"

    async def _lmtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 fake LMTP\r\n")
        recipients: list[str] = []
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                writer.write(await self._take(reader, recipients))
                recipients = []
            else:
                if verb == b"RCPT":
                    recipients.append(line.decode().split("<")[1].split(">")[0])
                writer.write(
                    b"250-fake\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if verb == b"LHLO" else b"250 2.0.0 OK\r\n"
                )
            await writer.drain()

    async def _take(self, reader: asyncio.StreamReader, recipients: list[str]) -> bytes:
        lines: list[bytes] = []
        while (line := await reader.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        if self.down:
            return b"451 4.3.0 not now\r\n" * len(recipients)
        for recipient in recipients:
            self.stored.setdefault(recipient, []).append(b"".join(lines))
        return b"".join(f"250 2.0.0 <{recipient}> Saved\r\n".encode() for recipient in recipients)


def _quietly(serve: _Serve) -> _Serve:
    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    return run
