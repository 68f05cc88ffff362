"""The queue's part: a message just accepted is offered at once, not only by the next sweep."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

import structlog

from machiya.core.identifiers import DeliveryId
from machiya.entrypoints.front_door.offers import Offers

WAITING = 10_000
_log = structlog.get_logger()


class Courier:
    """``couriers`` offers at a time, in order of acceptance; what does not fit or fails is left to the sweep."""

    def __init__(self, offers: Offers, *, couriers: int, house_silent: Callable[[], bool]) -> None:
        self._offers, self._couriers, self._house_silent = offers, couriers, house_silent
        self._queue: asyncio.Queue[DeliveryId] = asyncio.Queue(WAITING)

    def announce(self, ids: Iterable[DeliveryId]) -> None:
        """Offer these soon."""
        with contextlib.suppress(asyncio.QueueFull):
            for delivery_id in ids:
                self._queue.put_nowait(delivery_id)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._couriers):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            delivery_id = await self._queue.get()
            if self._house_silent():
                continue
            try:
                await self._offers.offer(delivery_id)
            except Exception:  # noqa: BLE001 – see below
                # The message is on disk and the sweep comes by; a courier that dies would only make mail slower.
                _log.exception("edge.offer_failed", delivery_id=delivery_id)
