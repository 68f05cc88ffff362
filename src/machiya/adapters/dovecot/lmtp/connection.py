"""A connection that has been greeted: what the server offers, and when it was last known to be alive."""

import time
from collections.abc import Callable
from typing import Self

from machiya.adapters.dovecot.lmtp.channel import Channel, Connector
from machiya.adapters.dovecot.lmtp.faults import BadReply, LmtpFault
from machiya.adapters.dovecot.lmtp.replies import Reply
from machiya.adapters.dovecot.lmtp.timeouts import Timeouts

TRUST_SECONDS = 1.0


class LmtpConnection:
    """One session; ``offers`` holds the upper-case extension names of its LHLO reply."""

    def __init__(self, channel: Channel, offers: frozenset[str], timeouts: Timeouts, now: Callable[[], float]) -> None:
        self.channel = channel
        self.offers = offers
        self.timeouts = timeouts
        self.reused = False
        self.usable = True
        self._now = now
        self._heard_at = now()

    @classmethod
    async def open(
        cls, connect: Connector, name: str, timeouts: Timeouts, now: Callable[[], float] = time.monotonic
    ) -> Self:
        """Connect, read the greeting, say LHLO as ``name``.

        Raises:
            LmtpFault: the server said no, or is no LMTP server.
            OSError: no connection.
        """
        channel = await connect(Channel)
        try:
            _expect(await channel.reply(timeouts.greeting), "greeting")
            await channel.write(f"LHLO {name}\r\n".encode("ascii"), timeouts.command)
            answer = _expect(await channel.reply(timeouts.command), "LHLO")
        except BaseException:
            channel.abort()
            raise
        offers = frozenset(line.split(" ")[0].upper() for line in answer.lines[1:])
        return cls(channel, offers, timeouts, now)

    async def command(self, line: bytes) -> Reply:
        """Send one command line (without CRLF) and read its reply.

        Raises:
            LmtpFault: the connection cannot be used any more.
        """
        await self.channel.write(line + b"\r\n", self.timeouts.command)
        return await self.reply(self.timeouts.command)

    async def reply(self, seconds: float) -> Reply:
        """The next reply; after 421 the connection is not usable any more.

        Raises:
            LmtpFault: the connection cannot be used any more.
        """
        reply = await self.channel.reply(seconds)
        self._heard_at = self._now()
        if reply.code == 421:  # noqa: PLR2004 – "closing transmission channel", RFC 5321 §3.8
            self.usable = False
        return reply

    @property
    def idle_seconds(self) -> float:
        """How long ago the server last spoke."""
        return self._now() - self._heard_at

    @property
    def trusted(self) -> bool:
        """Whether it spoke so recently that it will not have closed meanwhile."""
        return self.idle_seconds < TRUST_SECONDS

    async def quit(self) -> None:
        """Say goodbye and close; never fails."""
        try:
            await self.channel.write(b"QUIT\r\n", self.timeouts.block)
            await self.channel.reply(min(1.0, self.timeouts.command))
        except LmtpFault:
            pass
        finally:
            self.channel.abort()


def _expect(reply: Reply, what: str) -> Reply:
    if not reply.positive:
        raise BadReply(f"{what} answered {reply}")
    return reply
