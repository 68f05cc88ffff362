"""An LMTP server on a unix socket that does as told: the honest parts of RFC 2033, and every dishonest one."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from machiya.adapters.dovecot.lmtp.channel import Channel, Connector

CLOSE = "<close>"
SILENCE = "<silence>"
ALL = ("PIPELINING", "CHUNKING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8")
STRICT = re.compile(rb"\A\.\r\n|\r\n\.\r\n")
LAX = re.compile(rb"\A\.\r?\n|(?:\r\n|\r|\n)\.(?:\r\n|\r|\n)")


class _Closed(Exception):
    """The script or the client ended the session."""


@dataclass
class Session:
    """What one connection brought: command lines, and whole messages as a strict server would store them."""

    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)


@dataclass
class FakeLmtpServer:
    """Answers 2xx unless told otherwise.

    Attributes:
        path: the unix socket.
        offers: the extensions.
        answers: by command line, verb, ``greeting``, ``final`` or ``final <recipient>``; the first of these that is
            there is sent as it is (CRLF added), or ``CLOSE`` or ``SILENCE``. A list is used up one by one.
        byte_by_byte: every octet is a packet of its own.
        end_of_data: what ends DATA here.
        transactions: after so many messages the server closes the connection.
    """

    path: Path
    offers: tuple[str, ...] = ALL
    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    byte_by_byte: bool = False
    end_of_data: re.Pattern[bytes] = STRICT
    transactions: int = 1_000_000
    sessions: list[Session] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._accept, self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def connector(self) -> Connector:
        """For ``LmtpStore``."""

        async def connect(factory: type[Channel]) -> Channel:
            _, channel = await asyncio.get_running_loop().create_unix_connection(factory, str(self.path))
            return channel

        return connect  # type: ignore[return-value]

    @property
    def messages(self) -> list[bytes]:
        """Of all sessions."""
        return [message for session in self.sessions for message in session.messages]

    @property
    def commands(self) -> list[str]:
        """Of all sessions."""
        return [command for session in self.sessions for command in session.commands]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
        self.sessions.append(Session())
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await _Conversation(self, self.sessions[-1], reader, writer).run()
        except (_Closed, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open_now -= 1
            writer.close()


class _Conversation:
    """One connection."""

    def __init__(
        self, server: FakeLmtpServer, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._session = session
        self._reader = reader
        self._writer = writer
        self._mail = False
        self._recipients: list[str] = []
        self._unread = b""

    async def run(self) -> None:
        await self._say("greeting", default="220 fake LMTP")
        while len(self._session.messages) < self._server.transactions:
            line = await self._line()
            self._session.commands.append(line)
            await self._answer(line)

    async def _answer(self, line: str) -> None:
        verb = line.split(" ", maxsplit=1)[0].upper()
        if verb == "LHLO":
            await self._say(line, verb, default="\r\n".join(self._lhlo()))
        elif verb == "BDAT":
            await self._bdat(line)
        elif verb == "DATA":
            await self._data(line)
        else:
            await self._plain(line, verb)

    async def _plain(self, line: str, verb: str) -> None:
        if verb == "RCPT" and not self._mail:
            await self._say(default="503 5.5.1 MAIL first")
            return
        reply = await self._say(line, verb, default="250 2.0.0 OK")
        if verb == "RCPT" and reply.startswith("2"):
            self._recipients.append(line[len("RCPT TO:<") : -1])
        if verb in {"RSET", "MAIL"}:
            self._recipients = []
            self._mail = verb == "MAIL" and reply.startswith("2")
        if verb == "QUIT":
            raise _Closed

    def _lhlo(self) -> list[str]:
        lines = ["fake", *self._server.offers]
        return [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]

    async def _bdat(self, line: str) -> None:
        message = await self._exactly(int(line.split(" ")[1]))
        if not self._recipients:
            await self._say(line, "BDAT", default="503 5.5.1 no valid recipients")
            return
        await self._finish(message)

    async def _data(self, line: str) -> None:
        if not self._recipients:
            await self._say(line, "DATA", default="503 5.5.1 no valid recipients")
            return
        reply = await self._say(line, "DATA", default="354 go on")
        if reply.startswith("354"):
            await self._finish(_unstuffed(await self._until(self._server.end_of_data)))

    async def _finish(self, message: bytes) -> None:
        self._session.messages.append(message)
        for recipient in self._recipients:
            await self._say(f"final {recipient}", "final", default=f"250 2.0.0 <{recipient}> saved")
        self._recipients = []

    async def _say(self, *names: str, default: str) -> str:
        reply = next((self._scripted(name) for name in names if name in self._server.answers), default)
        if reply == CLOSE:
            raise _Closed
        if reply == SILENCE:
            await asyncio.Event().wait()
        await self._send(reply.encode("utf-8", "surrogateescape") + b"\r\n")
        return reply

    def _scripted(self, name: str) -> str:
        answer = self._server.answers[name]
        if isinstance(answer, str):
            return answer
        return answer.pop(0) if len(answer) > 1 else answer[0]

    async def _send(self, data: bytes) -> None:
        size = 1 if self._server.byte_by_byte else len(data)
        for start in range(0, len(data), size):
            self._writer.write(data[start : start + size])
            await self._writer.drain()
            await asyncio.sleep(0)

    async def _line(self) -> str:
        line = await self._until(re.compile(rb"\r\n"))
        return line.removesuffix(b"\r\n").decode("utf-8", "surrogateescape")

    async def _exactly(self, size: int) -> bytes:
        while len(self._unread) < size:
            await self._more()
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken

    async def _until(self, end: re.Pattern[bytes]) -> bytes:
        while not (found := end.search(self._unread)):
            await self._more()
        taken, self._unread = self._unread[: found.end()], self._unread[found.end() :]
        return taken

    async def _more(self) -> None:
        data = await self._reader.read(65536)
        if not data:
            raise _Closed
        self._unread += data


def _unstuffed(data: bytes) -> bytes:
    """What a strict server stores: without the final dot line, a dot less at the start of each CRLF line."""
    body = data[: -len(b".\r\n")]
    return re.sub(rb"(\A|\r\n)\.", rb"\1", body)
