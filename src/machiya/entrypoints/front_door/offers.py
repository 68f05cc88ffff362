"""Bringing one message home and doing what the answer demands."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from machiya.core.clock import Clock
from machiya.core.identifiers import DeliveryId
from machiya.entrypoints.front_door.errors import EdgeErrors
from machiya.mail.edge_rules import HOLD_EXPIRED, EdgeAction, action_for, hold_expired
from machiya.mail.held import HeldMessage, Hold, HoldDamaged, HoldUnavailable, House, HouseAnswer

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Offered:
    """What followed from one offer; ``silent``: the house gave no answer at all."""

    action: EdgeAction
    silent: bool = False


class Offers:
    """Each message is offered by one task at a time."""

    def __init__(self, hold: Hold, house: House, clock: Clock, errors: EdgeErrors, hold_days: int) -> None:
        self._hold, self._house, self._clock, self._errors = hold, house, clock, errors
        self._hold_days = hold_days
        self._busy: set[DeliveryId] = set()

    @property
    def in_flight(self) -> int:
        """How many offers are under way."""
        return len(self._busy)

    async def offer(self, delivery_id: DeliveryId) -> Offered | None:
        """Offer it once; None if it is not there, cannot be read or is being offered already."""
        if delivery_id in self._busy:
            return None
        self._busy.add(delivery_id)
        try:
            with self._troubles_noted():
                message = await asyncio.to_thread(self._hold.held, delivery_id)
                return await self._offer(message) if message else None
        finally:
            self._busy.discard(delivery_id)
        return None

    async def bury_if_expired(self, delivery_id: DeliveryId) -> None:
        """To the dead if it has waited longer than ``hold_days``."""
        if delivery_id in self._busy:
            return
        with self._troubles_noted():
            message = await asyncio.to_thread(self._hold.held, delivery_id)
            if message and hold_expired(message.held_since, self._clock.now(), self._hold_days):
                await self._bury(message, f"{HOLD_EXPIRED}: not taken within {self._hold_days} days")

    async def _offer(self, message: HeldMessage) -> Offered:
        started = time.perf_counter()
        with self._hold.open_body(message) as body:
            answer = await self._house.offer(message, body)
        action = action_for(answer.status, proven=answer.proven)
        _log.info(
            "edge.offered",
            delivery_id=message.delivery_id,
            status=answer.status,
            action=str(action),
            detail=answer.detail,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
        )
        await self._follow(action, message, answer)
        return Offered(action, silent=answer.status is None)

    async def _follow(self, action: EdgeAction, message: HeldMessage, answer: HouseAnswer) -> None:
        if action is EdgeAction.DELETE:
            await asyncio.to_thread(self._hold.remove, message.delivery_id)
        elif action is EdgeAction.BURY:
            code = answer.code or f"status_{answer.status}"
            await self._bury(message, f"{code}: {answer.detail}" if answer.detail else code)
        elif action is EdgeAction.UNAUTHORIZED:
            hint = "compare edge_signing_key of both sides, and the clocks"
            self._errors.note(action, f"the house answered {answer.status}: {hint}")
        elif action is EdgeAction.UNEXPECTED:
            self._errors.note(action, f"{answer.status} {answer.code} for {message.delivery_id}: {answer.detail}")
        elif action is EdgeAction.UNPROVEN:
            hint = "another server seems to answer in the house's place"
            self._errors.note(action, f"{answer.status} without the house's Machiya-Taken: {hint}")

    async def _bury(self, message: HeldMessage, reason: str) -> None:
        await asyncio.to_thread(self._hold.bury, message, reason, self._clock.now())
        _log.warning("edge.buried", delivery_id=message.delivery_id, reason=reason)

    @contextlib.contextmanager
    def _troubles_noted(self) -> Iterator[None]:
        """One message or the disk being in trouble must not keep the others from going home."""
        try:
            yield
        except (HoldDamaged, HoldUnavailable) as error:
            self._errors.note(error.code, f"{error.message}. {error.hint}")
        except OSError as error:
            self._errors.note(HoldDamaged.code, f"a body could not be read: {error}")
