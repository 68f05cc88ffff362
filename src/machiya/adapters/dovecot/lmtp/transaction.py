"""One message to some recipients over one connection.

Small messages go out in one piece, envelope and BDAT together, where the server pipelines and has just spoken. Larger
ones, and those on a connection that has been idle, wait for the envelope's replies: until then nothing can have been
stored, so a connection that turns out dead costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from machiya.adapters.dovecot.lmtp.connection import LmtpConnection
from machiya.adapters.dovecot.lmtp.dot_stuffing import DotStuffer, Octets
from machiya.adapters.dovecot.lmtp.faults import LmtpFault
from machiya.adapters.dovecot.lmtp.replies import Reply

EAGER_OCTETS = 64 * 1024
BLOCK_OCTETS = 128 * 1024
_START_DATA = 354


class MessageRefused(Exception):
    """The server refused before it looked at any recipient; nothing was stored."""

    def __init__(self, step: str, reply: Reply) -> None:
        super().__init__(f"{step} answered {reply}")
        self.step = step
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Message:
    """What goes over the wire: the addresses (safe to write, no brackets) and the octets, in pieces, in order."""

    sender: str
    recipients: tuple[str, ...]
    parts: tuple[Octets, ...]

    @property
    def size(self) -> int:
        """All octets."""
        return sum(len(part) for part in self.parts)


class Transaction:
    """``committed`` is true from the moment when the server may have taken the message."""

    def __init__(self, connection: LmtpConnection, message: Message) -> None:
        self.committed = False
        self._connection = connection
        self._message = message

    async def run(self) -> tuple[Reply, ...]:
        """The reply for each recipient: to its RCPT if that was refused, else its own reply after the data.

        Raises:
            MessageRefused: to MAIL, DATA or BDAT; the connection can be used again.
            LmtpFault: the connection cannot be used any more; see ``committed``.
        """
        eager = self._may_be_eager()
        envelope = await (self._send_all() if eager else self._send_envelope())
        accepted = [reply for reply in envelope[1:] if reply.positive]
        if not envelope[0].positive or not accepted:
            await self._give_up(envelope[0], eager=eager)
            return tuple(envelope[1:])
        if not eager:
            await self._send_content()
        return await self._final_replies(envelope[1:])

    def _may_be_eager(self) -> bool:
        connection = self._connection
        able = connection.offers >= {"CHUNKING", "PIPELINING"}
        return able and connection.trusted and self._message.size <= EAGER_OCTETS

    async def _send_all(self) -> list[Reply]:
        lines = b"".join(line + b"\r\n" for line in (*self._commands(), self._bdat()))
        self.committed = True
        await self._write(b"".join((lines, *self._message.parts)))
        return await self._envelope_replies()

    async def _send_envelope(self) -> list[Reply]:
        if "PIPELINING" in self._connection.offers:
            await self._write(b"".join(line + b"\r\n" for line in self._commands()))
            return await self._envelope_replies()
        return [await self._connection.command(line) for line in self._commands()]

    async def _envelope_replies(self) -> list[Reply]:
        mail = await self._command_reply()
        self.committed = self.committed and mail.positive
        return [mail, *[await self._command_reply() for _ in self._message.recipients]]

    def _commands(self) -> Sequence[bytes]:
        mail = f"MAIL FROM:<{self._message.sender}>{self._parameters()}"
        recipients = (f"RCPT TO:<{recipient}>" for recipient in self._message.recipients)
        return [line.encode() for line in (mail, *recipients)]

    def _parameters(self) -> str:
        """Only what is offered (RFC 1870, 6152, 6531); Dovecot refuses a SIZE it did not offer."""
        offers = self._connection.offers
        unicode = not (self._message.sender + "".join(self._message.recipients)).isascii()
        wanted = {
            f" SIZE={self._message.size}": "SIZE" in offers,
            " BODY=8BITMIME": "8BITMIME" in offers,
            " SMTPUTF8": unicode and "SMTPUTF8" in offers,
        }
        return "".join(parameter for parameter, is_wanted in wanted.items() if is_wanted)

    def _bdat(self) -> bytes:
        return b"BDAT %d LAST" % self._message.size

    async def _give_up(self, mail: Reply, *, eager: bool) -> None:
        """Nobody was accepted: nothing is stored, whatever happens to the connection now."""
        self.committed = False
        try:
            if eager:
                await self._command_reply()
        except LmtpFault:
            self._connection.usable = False
        await self._reset()
        if not mail.positive:
            raise MessageRefused("MAIL", mail)

    async def _send_content(self) -> None:
        if "CHUNKING" in self._connection.offers:
            await self._write(self._bdat() + b"\r\n")
            await self._stream(self._message.parts)
        else:
            await self._start_data()
            await self._stream(self._message.parts, DotStuffer())

    async def _start_data(self) -> None:
        await self._write(b"DATA\r\n")
        answer = await self._connection.reply(self._connection.timeouts.data_start)
        if answer.code != _START_DATA:
            await self._reset()
            raise MessageRefused("DATA", answer)

    async def _reset(self) -> None:
        try:
            if self._connection.usable:
                await self._connection.command(b"RSET")
        except LmtpFault:
            self._connection.usable = False

    async def _stream(self, parts: Sequence[Octets], stuffer: DotStuffer | None = None) -> None:
        """In blocks, so that memory stays flat; what is not complete cannot be taken by the server."""
        blocks = _blocks(parts)
        for number, block in enumerate(blocks, 1):
            self.committed = number == len(blocks) and not stuffer
            await self._write(stuffer.feed(block) if stuffer else block)
        self.committed = True
        if stuffer:
            await self._write(stuffer.finish())

    async def _final_replies(self, recipients: Sequence[Reply]) -> tuple[Reply, ...]:
        """RFC 2033 §4.2: after the data one reply for each accepted recipient, in the order of the RCPTs."""
        seconds = self._connection.timeouts.final
        return tuple([await self._connection.reply(seconds) if reply.positive else reply for reply in recipients])

    async def _command_reply(self) -> Reply:
        return await self._connection.reply(self._connection.timeouts.command)

    async def _write(self, data: Octets) -> None:
        await self._connection.channel.write(data, self._connection.timeouts.block)


def _blocks(parts: Sequence[Octets]) -> list[memoryview]:
    """Views of at most 128 KiB; a few hundred for the largest message."""
    views = [memoryview(part) for part in parts if len(part)]
    return [view[at : at + BLOCK_OCTETS] for view in views for at in range(0, len(view), BLOCK_OCTETS)]
