"""Carrying out what a person ordered at home about the dead."""

import asyncio
import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import structlog

from machiya.core.clock import Clock
from machiya.core.errors import InvalidInput
from machiya.core.identifiers import DeliveryId, parse_delivery_id
from machiya.entrypoints.front_door.errors import EdgeErrors
from machiya.mail.edge import EdgeOrder, OrderAction, OrderDone
from machiya.mail.held import Hold, HoldDamaged, HoldUnavailable

DONE_REMEMBERED = 100
_STATE = "orders"
_log = structlog.get_logger()


def listed_orders(answer: bytes) -> list[Any] | None:
    """The orders in the answer to a report; None: this is not the answer of a house, but somebody else's 200."""
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    orders = data.get("orders") if isinstance(data, dict) and data.get("v") == 1 else None
    return orders if isinstance(orders, list) else None


class Orders:
    """Each order is carried out once and told done until a report was taken."""

    def __init__(self, hold: Hold, clock: Clock, errors: EdgeErrors) -> None:
        self._hold, self._clock, self._errors = hold, clock, errors
        stored = hold.read_state(_STATE).get("done", {})
        self._done: dict[str, str] = dict(stored) if isinstance(stored, dict) else {}

    def done(self) -> tuple[OrderDone, ...]:
        """Carried out and not reported yet."""
        return tuple(OrderDone(order_id, result) for order_id, result in self._done.items())[:DONE_REMEMBERED]

    async def reported(self, done: Sequence[OrderDone]) -> None:
        """The house knows."""
        for order in done:
            self._done.pop(order.order_id, None)
        if done:
            await self._save()

    async def carry_out(self, listed: Sequence[Any]) -> tuple[DeliveryId, ...]:
        """What the answer to a report orders (``listed_orders``); the ids that are held again."""
        revived: list[DeliveryId] = []
        for order in self._read(listed):
            if order.order_id not in self._done:
                result = await self._carry_out(order)
                if result == "retried":
                    revived.append(order.delivery_id)
        return tuple(revived)

    async def _carry_out(self, order: EdgeOrder) -> str:
        try:
            result = await asyncio.to_thread(self._act, order)
        except (HoldDamaged, HoldUnavailable) as error:
            self._errors.note(error.code, f"order {order.action} {order.delivery_id}: {error.message}")
            return ""
        self._done[order.order_id] = result
        await self._save()
        _log.info("edge.order", action=str(order.action), delivery_id=order.delivery_id, result=result)
        return result

    def _act(self, order: EdgeOrder) -> str:
        if order.action is OrderAction.RETRY:
            return "retried" if self._hold.revive(order.delivery_id, self._clock.now()) else "not_found"
        return "discarded" if self._hold.discard_dead(order.delivery_id) else "not_found"

    def _read(self, listed: Sequence[Any]) -> Iterator[EdgeOrder]:
        for data in listed:
            if order := _order(data):
                yield order
            else:
                self._errors.note("orders_malformed", "the house orders something this edge does not know")

    async def _save(self) -> None:
        with contextlib.suppress(HoldUnavailable):
            await asyncio.to_thread(self._hold.write_state, _STATE, {"done": self._done})


def _order(data: Any) -> EdgeOrder | None:
    try:
        action, delivery_id = OrderAction(data["action"]), parse_delivery_id(str(data["delivery_id"]))
        return EdgeOrder(str(data["order_id"]), action, delivery_id)
    except (ValueError, KeyError, TypeError, InvalidInput):
        return None
