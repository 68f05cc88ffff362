"""What the front door tells the house once a sweep (docs/format/edge-protocol.md)."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from machiya.core.clock import Clock, to_wire
from machiya.core.identifiers import DeliveryId, moment_of
from machiya.entrypoints.front_door.errors import EdgeErrors, Noted
from machiya.entrypoints.front_door.orders import Orders, listed_orders
from machiya.entrypoints.front_door.recipients import RecipientTable
from machiya.mail.edge import OrderDone
from machiya.mail.held import DeadMessage, Hold, HoldDamaged, House, HouseAnswer

REPORT_BYTES = 256 * 1024
IDS_LISTED = 500
DEAD_LISTED = 100
_OK = 200


@dataclass(frozen=True, slots=True)
class _Draft:
    """One report and what is settled once the house has taken it."""

    data: dict[str, Any]
    accepted: tuple[DeliveryId, ...]
    errors: tuple[Noted, ...]
    done: tuple[OrderDone, ...]

    def document(self) -> bytes:
        """At most 256 KiB: a shorter list of the dead rather than a report the house refuses."""
        data = dict(self.data)
        while len(text := json.dumps(data).encode("ascii")) > REPORT_BYTES and data["dead"]:
            data["dead"] = data["dead"][: len(data["dead"]) // 2]
        return text


class Reporter:
    """Reports when something changed, and every ``quiet_seconds`` when nothing did."""

    def __init__(
        self,
        hold: Hold,
        house: House,
        clock: Clock,
        *,
        errors: EdgeErrors,
        table: RecipientTable,
        orders: Orders,
        quiet_seconds: float,
    ) -> None:
        self._hold, self._house, self._clock = hold, house, clock
        self._errors, self._table, self._orders = errors, table, orders
        self._quiet_seconds = quiet_seconds
        self._last: dict[str, Any] = {}
        self._last_at = -quiet_seconds

    async def report(self) -> tuple[DeliveryId, ...]:
        """Report if it is time; carry out the orders in the answer; the ids that are held again."""
        draft = await asyncio.to_thread(self._draft)
        if draft.data == self._last and time.monotonic() - self._last_at < self._quiet_seconds:
            return ()
        timed = _Draft({"at": to_wire(self._clock.now())} | draft.data, draft.accepted, draft.errors, draft.done)
        timed.data["recipients"] = draft.data["recipients"] | {"confirmed_at": self._confirmed_at()}
        answer = await self._house.report(timed.document())
        orders = listed_orders(answer.body) if answer.status == _OK else None
        if orders is None:
            self._note_failure(answer)
            return ()
        self._last, self._last_at = draft.data, time.monotonic()
        await self._settle(draft)
        return await self._orders.carry_out(orders)

    def _note_failure(self, answer: HouseAnswer) -> None:
        if answer.status == _OK:
            hint = "another server seems to answer in the house's place"
            self._errors.note("report_failed", f"the report was answered with 200 and no list of orders: {hint}")
        elif answer.status is not None:
            code = "unauthorized" if answer.status in {401, 403} else "report_failed"
            self._errors.note(code, f"the house answered the report with {answer.status} {answer.code}".rstrip())

    async def _settle(self, draft: _Draft) -> None:
        await asyncio.to_thread(self._hold.drop_receipts, draft.accepted)
        self._errors.reported(draft.errors)
        await self._orders.reported(draft.done)

    def _draft(self) -> _Draft:
        held, dead = self._hold.held_ids().ids, self._hold.dead_ids().ids
        accepted, errors, done = self._hold.receipts(IDS_LISTED), self._errors.pending(), self._orders.done()
        data = {
            "v": 1,
            "edge": "front-door",
            "held": len(held),
            "held_more": False,
            "oldest": to_wire(moment_of(held[0])) if held else None,
            "held_ids": held[:IDS_LISTED],
            "dead_count": len(dead),
            "dead": [_dead_data(found) for found in map(self._dead, dead[:DEAD_LISTED]) if found],
            "accepted": accepted,
            "errors": [error.as_data() for error in errors],
            "recipients": {"etag": self._table.etag or None, "complete": self._table.state.complete},
            "orders_done": [{"order_id": order.order_id, "result": order.result} for order in done],
        }
        return _Draft(data, accepted, errors, done)

    def _dead(self, delivery_id: DeliveryId) -> DeadMessage | None:
        try:
            return self._hold.dead(delivery_id)
        except HoldDamaged as error:
            self._errors.note(error.code, f"dead letter {error.message}. {error.hint}")
            return None

    def _confirmed_at(self) -> str | None:
        return to_wire(self._table.state.confirmed_at) if self._table.state.confirmed_at else None


def _dead_data(dead: DeadMessage) -> dict[str, Any]:
    envelope = dead.held.envelope
    return {
        "id": dead.held.delivery_id,
        "from": envelope.sender,
        "to": envelope.recipient,
        "at": to_wire(envelope.accepted_at),
        "died_at": to_wire(dead.died_at),
        "size": envelope.size_bytes,
        "reason": dead.reason[:1000],
    }
