"""A bounded number of kept connections."""

import asyncio
from collections.abc import Awaitable, Callable

from machiya.adapters.dovecot.lmtp.connection import LmtpConnection
from machiya.adapters.dovecot.lmtp.faults import TooSlow

MAX_IDLE_SECONDS = 60.0


class ConnectionPool:
    """At most ``size`` connections; the one used last is used first, so that few stay warm.

    A connection that is closed, has said something unasked or was idle for a minute is not used again.
    """

    def __init__(self, connect: Callable[[], Awaitable[LmtpConnection]], size: int) -> None:
        self._connect = connect
        self._slots = asyncio.Semaphore(size)
        self._idle: list[LmtpConnection] = []
        self._closed = False

    async def take(self, seconds: float, *, new: bool = False) -> LmtpConnection:
        """A connection, an idle one unless ``new``; give it back with ``give_back``.

        Raises:
            LmtpFault: none came free within ``seconds``, or the server's greeting was bad.
            OSError: no connection.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise TooSlow(f"no connection came free for {seconds:g} s") from None
        try:
            return (None if new else self._kept()) or await self._connect()
        except BaseException:
            self._slots.release()
            raise

    def give_back(self, connection: LmtpConnection, *, keep: bool) -> None:
        """Return it; one that is not kept is closed."""
        self._slots.release()
        if keep and connection.usable and connection.channel.quiet and not self._closed:
            connection.reused = True
            self._idle.append(connection)
        else:
            connection.channel.abort()

    async def close(self) -> None:
        """Say goodbye on all idle connections; those in use are closed when they come back."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in idle))

    def _kept(self) -> LmtpConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.channel.quiet and connection.idle_seconds < MAX_IDLE_SECONDS:
                return connection
            connection.channel.abort()
        return None
