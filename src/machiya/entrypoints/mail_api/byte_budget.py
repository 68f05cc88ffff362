"""How many bytes of messages may be in memory at once, whoever sends them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from machiya.core.errors import Unavailable


class Busy(Unavailable):
    """No room in memory within the time a sender can be asked to wait."""

    code = "busy"


class ByteBudget:
    """A fair weighted semaphore: first come, first served, so that large messages are not starved by small ones.

    A message larger than the whole budget gets the whole budget.
    """

    def __init__(self, total_bytes: int, *, wait_seconds: float) -> None:
        self._total = self._free = total_bytes
        self._wait_seconds = wait_seconds
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def used_bytes(self) -> int:
        """Bytes reserved now."""
        return self._total - self._free

    @asynccontextmanager
    async def reserve(self, size_bytes: int) -> AsyncIterator[None]:
        """Hold ``size_bytes`` for the time of the block.

        Raises:
            Busy: no room within ``wait_seconds``.
        """
        weight = min(size_bytes, self._total)
        await self._acquire(weight)
        try:
            yield
        finally:
            self._give_back(weight)

    async def _acquire(self, weight: int) -> None:
        if not self._waiting and weight <= self._free:
            self._free -= weight
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((weight, turn))
        try:
            async with asyncio.timeout(self._wait_seconds):
                await turn
        except BaseException as error:
            self._leave(weight, turn)
            if isinstance(error, TimeoutError):
                raise Busy("too many messages at once", hint="The edge keeps it and comes back.") from error
            raise

    def _leave(self, weight: int, turn: asyncio.Future[None]) -> None:
        """Whether it was our time that ended or we that were cancelled: our turn may have come at that very moment."""
        if turn.done() and not turn.cancelled():
            self._free += weight
        turn.cancel()
        self._wake()

    def _give_back(self, weight: int) -> None:
        self._free += weight
        self._wake()

    def _wake(self) -> None:
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= self._free):
            weight, turn = self._waiting.popleft()
            if not turn.done():
                self._free -= weight
                turn.set_result(None)
