"""Bytes out, replies in: one transport, with limits on time and size."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from machiya.adapters.dovecot.lmtp.faults import ConnectionLost, LmtpFault, TooSlow
from machiya.adapters.dovecot.lmtp.replies import Reply, ReplyParser

Connector = Callable[[Callable[[], "Channel"]], Awaitable["Channel"]]


class Channel(asyncio.Protocol):
    """The client's end. Not for concurrent use: one caller at a time."""

    def __init__(self) -> None:
        self._parser = ReplyParser()
        self._fault: LmtpFault | None = None
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False

    @property
    def quiet(self) -> bool:
        """Open, and the server has said nothing that nobody asked for (such as 421 before it closes)."""
        return self._fault is None and self._parser.empty

    async def reply(self, seconds: float) -> Reply:
        """The next reply.

        Raises:
            LmtpFault: it did not come, or is none.
        """
        reply = self._parser.take()
        while reply is None:
            await self._wait(seconds, "no answer")
            reply = self._parser.take()
        return reply

    async def write(self, data: bytes | bytearray | memoryview, seconds: float) -> None:
        """Hand over ``data``; returns when the transport will take more.

        Raises:
            LmtpFault: the connection is gone, or nothing was taken for ``seconds``.
        """
        if self._fault or self._transport is None:
            raise self._fault or ConnectionLost("not connected")
        self._transport.write(data)
        while self._paused:
            await self._wait(seconds, "the server takes no more data")

    def abort(self) -> None:
        """Close at once."""
        self._fail(ConnectionLost("closed by us"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; a cast, because those of uvloop are no subclass of asyncio's."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand it to the parser."""
        try:
            self._parser.feed(data)
        except LmtpFault as fault:
            self._fail(fault)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember why."""
        self._fail(ConnectionLost(f"the connection was lost: {exc}" if exc else "the server closed the connection"))

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self._paused = True

    def resume_writing(self) -> None:
        """It is not any more."""
        self._paused = False
        self._wake()

    async def _wait(self, seconds: float, what: str) -> None:
        """Until something happens."""
        if self._fault:
            raise self._fault
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._waiter
        except TimeoutError:
            raise TooSlow(f"{what} for {seconds:g} s") from None
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, fault: LmtpFault) -> None:
        self._fault = self._fault or fault
        self._paused = False
        if self._transport:
            self._transport.abort()
        self._wake()
