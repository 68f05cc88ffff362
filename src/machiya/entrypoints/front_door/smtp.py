"""The SMTP conversation: aiosmtpd for the grammar of commands, our own reading of paths and of DATA."""

import asyncio
import collections
import re
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from machiya.core.errors import MachiyaError
from machiya.entrypoints.front_door.data import message_blocks
from machiya.entrypoints.front_door.paths import parse_path
from machiya.entrypoints.front_door.reception import Reception, Taking

IDENT = "Machiya front door"
COMMAND_BYTES = 2048
READER_BYTES = 64 * 1024
IDLE_SECONDS = 300.0
_SIZE = re.compile(r"\sSIZE=(\d{1,20})(?:\s|$)", re.IGNORECASE)
_BUSY = "421 4.3.2 too many connections; try again later"
_log = structlog.get_logger()


class Sessions:
    """The open conversations: at most ``limit``, each with at most about half a megabyte in memory."""

    def __init__(self, limit: int = 200) -> None:
        self.limit = limit
        self.open: set[FrontDoorSmtp] = set()

    @property
    def full(self) -> bool:
        """One more came than may."""
        return len(self.open) > self.limit

    async def close(self, grace_seconds: float) -> None:
        """Let messages that are being taken finish for a while, then end every conversation."""
        taking = [session.idle.wait() for session in self.open]
        if taking:
            await asyncio.wait([asyncio.ensure_future(wait) for wait in taking], timeout=grace_seconds)
        for session in tuple(self.open):
            session.end()


class FrontDoorSmtp(SMTP):
    """One conversation."""

    line_length_limit = READER_BYTES  # the reader's buffer; lines themselves have no limit
    command_size_limit = COMMAND_BYTES
    command_size_limits = collections.defaultdict(lambda: COMMAND_BYTES)  # noqa: RUF012 – replaces aiosmtpd's own

    def __init__(self, reception: Reception, sessions: Sessions, hostname: str) -> None:
        self._reception, self._sessions = reception, sessions
        self.idle = asyncio.Event()
        self.idle.set()
        super().__init__(
            _Hooks(reception),
            data_size_limit=reception.message_bytes,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=IDENT,
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the conversation."""
        self._sessions.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        self._sessions.open.discard(self)
        super().connection_lost(error)

    def end(self) -> None:
        """Say goodbye and close; the sender brings again whatever was not answered with 250."""
        if self.transport is not None:
            self._writer.write(b"421 4.3.2 the front door closes\r\n")
            self.transport.close()

    async def _handle_client(self) -> None:
        if self._sessions.full:
            await self.push(_BUSY)
            self._writer.close()
            return
        await super()._handle_client()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        path = parse_path(arg)
        return (path.address, path.parameters) if path else (None, None)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 – aiosmtpd names commands like this
        """MAIL, with RFC 1870's refusal of an announced size in the code of RFC 3463."""
        size = _SIZE.search(arg or "")
        if size and int(size[1]) > self._reception.message_bytes:
            await self.push(f"552 5.3.4 the message is too large: at most {self._reception.message_bytes} bytes")
            return
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 – as above
        """DATA without a limit on lines and without a copy of the message in memory."""
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT first")
        elif arg:
            await self.push("501 5.5.4 DATA takes no argument")
        else:
            self.idle.clear()
            try:
                await self._take(self.envelope)
            finally:
                self.idle.set()

    async def _take(self, envelope: Envelope) -> None:
        await self.push("354 end with <CRLF>.<CRLF>")
        taking = self._reception.begin()
        try:
            await self._read(taking)
            reply = await self._reception.finish(taking, envelope.mail_from or "", envelope.rcpt_tos)
        finally:
            taking.abandon()
        self.envelope = self._create_envelope()
        await self.push(reply)

    async def _read(self, taking: Taking) -> None:
        async for block in message_blocks(self._reader):
            self._reset_timeout()
            await taking.feed(block)


class _Hooks:
    """What aiosmtpd asks of a handler."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    async def handle_EHLO(  # noqa: N802 – aiosmtpd names hooks like this
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_RCPT(  # noqa: N802 – as above
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply, joins = self._reception.judge(address, envelope.rcpt_tos)
        if joins:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, MachiyaError):
            _log.error("smtp.failed", code=error.code, reason=error.message, hint=error.hint)
        else:
            _log.error("smtp.failed", exc_info=error)
        return "451 4.3.0 something went wrong here; try again later"


def session_factory(reception: Reception, sessions: Sessions, hostname: str) -> Any:
    """What ``loop.create_server`` calls for each connection."""
    return lambda: FrontDoorSmtp(reception, sessions, hostname)
