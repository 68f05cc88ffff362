"""The sweep: the guarantee that everything held goes home (docs/format/edge-protocol.md, "The sweep")."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from machiya.core.clock import Clock
from machiya.core.identifiers import DeliveryId
from machiya.entrypoints.front_door.errors import EdgeErrors
from machiya.entrypoints.front_door.offers import Offered, Offers
from machiya.entrypoints.front_door.recipients import RecipientTable
from machiya.entrypoints.front_door.report import Reporter
from machiya.mail.edge_rules import EdgeAction, backoff_seconds, cursor_passes, offer_order
from machiya.mail.held import Hold, HoldUnavailable, House

_STATE = "sweep"
_KEPT = {EdgeAction.LEAVE, EdgeAction.UNEXPECTED, EdgeAction.UNPROVEN}
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """``batch`` messages a run, ``at_once`` together; back-off from ``first_seconds``, doubling, to ``cap_seconds``.

    The protocol's cap of 15 minutes is for a house across the internet; here it is next door and back in seconds.
    """

    batch: int = 100
    at_once: int = 8
    first_seconds: float = 1.0
    cap_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Swept:
    """How a run went: ``more`` are waiting and the house takes some; ``revived`` are held again."""

    more: bool = False
    revived: tuple[DeliveryId, ...] = ()


class Sweep:
    """One run at a time; the cursor survives a restart, and a restart is a good moment to try the house again."""

    def __init__(
        self,
        hold: Hold,
        house: House,
        clock: Clock,
        *,
        offers: Offers,
        reporter: Reporter,
        table: RecipientTable,
        errors: EdgeErrors,
        rhythm: Rhythm,
    ) -> None:
        self._hold, self._house, self._clock, self._rhythm = hold, house, clock, rhythm
        self._offers, self._reporter, self._table, self._errors = offers, reporter, table, errors
        self._foreign: set[str] = set()
        self._silent, self._left, self._stopped_at = False, 0, ""
        self._ill_runs, self._resume_at = 0, clock.now()
        self._cursor = self._saved_cursor = str(hold.read_state(_STATE).get("cursor", ""))

    @property
    def house_silent(self) -> bool:
        """The last run met no answer at all: there is no use in trying right now."""
        return self._silent and self._resting()

    async def run(self) -> Swept:
        """Deliver, report, pull recipients; or nothing while resting."""
        if self._resting():
            return Swept()
        listing = await asyncio.to_thread(self._hold.held_ids)
        self._note_foreign(listing.foreign)
        batch = offer_order(listing.ids, self._cursor, self._rhythm.batch)
        self._left = 0
        action = await self._deliver(batch)
        await self._settle(action)
        revived: tuple[DeliveryId, ...] = ()
        if not self._silent:
            revived = await self._reporter.report()
            if self._table.due():
                await self._table.pull(self._house)
        return Swept(more=action is None and self._left > 0 and len(batch) < len(listing.ids), revived=revived)

    async def _deliver(self, batch: Sequence[DeliveryId]) -> EdgeAction | None:
        """Offer in order; the action that stopped the run, if one did.

        The first message goes alone, to see how the house is; then 2, 4, … at once while it is well.
        """
        self._silent, position, window = False, 0, 1
        while position < len(batch):
            ids = batch[position : position + window]
            for delivery_id, offered in zip(ids, await self._offer_all(ids), strict=True):
                if offered and offered.action.stops_run:
                    self._silent, self._stopped_at = offered.silent, delivery_id
                    is_ill = offered.action is EdgeAction.HOUSE_ILL
                    await self._bury_expired(batch[position:] if is_ill else [delivery_id])
                    return offered.action
                self._cursor, position = delivery_id, position + 1
                await self._note_outcome(delivery_id, offered)
            window = min(window * 2, self._rhythm.at_once)
        return None

    async def _offer_all(self, ids: Sequence[DeliveryId]) -> Sequence[Offered | None]:
        return await asyncio.gather(*(self._offers.offer(delivery_id) for delivery_id in ids))

    async def _note_outcome(self, delivery_id: DeliveryId, offered: Offered | None) -> None:
        if offered and offered.action in _KEPT:
            await self._offers.bury_if_expired(delivery_id)
        elif offered:
            self._left += 1

    async def _bury_expired(self, batch: Sequence[DeliveryId]) -> None:
        for delivery_id in batch:
            await self._offers.bury_if_expired(delivery_id)

    async def _settle(self, action: EdgeAction | None) -> None:
        self._ill_runs = self._ill_runs + 1 if action is EdgeAction.HOUSE_ILL else 0
        if action and cursor_passes(action, self._ill_runs):
            self._cursor = self._stopped_at
        if self._ill_runs:
            rest = backoff_seconds(
                self._ill_runs, first_seconds=self._rhythm.first_seconds, cap_seconds=self._rhythm.cap_seconds
            )
            self._resume_at = self._clock.now() + timedelta(seconds=rest)
            _log.warning("edge.house_ill", ill_runs=self._ill_runs, rest_seconds=rest)
        await self._save_cursor()

    def _resting(self) -> bool:
        # Bounded from above as well: a clock that was set back must not make the rest longer than the cap.
        left = (self._resume_at - self._clock.now()).total_seconds()
        return self._ill_runs > 0 and 0 < left <= self._rhythm.cap_seconds

    def _note_foreign(self, names: Sequence[str]) -> None:
        for name in sorted(set(names) - self._foreign):
            self._errors.note("foreign_file", f"'{name}' in the hold folder is not ours; move it elsewhere")
        self._foreign |= set(names)

    async def _save_cursor(self) -> None:
        if self._cursor != self._saved_cursor:
            with contextlib.suppress(HoldUnavailable):
                await asyncio.to_thread(self._hold.write_state, _STATE, {"cursor": self._cursor})
            self._saved_cursor = self._cursor
