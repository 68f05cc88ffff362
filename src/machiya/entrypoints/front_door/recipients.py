"""What the front door knows of recipients: a table of keyed hashes, pulled from the house."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Any

from machiya.core.clock import Clock, from_wire, to_wire
from machiya.core.recipients import address_hash
from machiya.entrypoints.front_door.errors import EdgeErrors
from machiya.mail.edge_rules import RecipientDecision, TableState, decide_recipient, read_table
from machiya.mail.held import Hold, HoldUnavailable, House, HouseAnswer

_STATE, _TABLE = "recipients", "recipients-table"
_OK, _UNCHANGED = 200, 304


class RecipientTable:
    """In memory for the look-up, in the hold's state so that a restart knows what it knew."""

    def __init__(self, hold: Hold, clock: Clock, errors: EdgeErrors, key: str, interval_seconds: float) -> None:
        self._hold, self._clock, self._errors, self._key = hold, clock, errors, key
        self._interval = timedelta(seconds=interval_seconds)
        self._entries: dict[str, str] = {}
        self.etag = ""
        self.state = TableState(complete=False, confirmed_at=None)
        self._load()

    def decide(self, address: str) -> RecipientDecision:
        """Accept or refuse at RCPT."""
        return decide_recipient(address, self._look_up, self.state, self._clock.now())

    def due(self) -> bool:
        """Whether the last confirmation is older than the interval."""
        confirmed = self.state.confirmed_at
        return confirmed is None or self._clock.now() - confirmed >= self._interval

    async def pull(self, house: House) -> HouseAnswer:
        """Ask the house; what it says replaces or confirms the table, and anything else leaves it as it is."""
        etag = self.etag if self.state.complete else ""
        answer = await house.recipients(etag)
        if answer.status == _OK:
            await self._take(answer)
        elif answer.status == _UNCHANGED and etag:
            await self._confirm()
        elif answer.status is not None:
            code = "unauthorized" if answer.status in {401, 403} else "recipients_failed"
            self._errors.note(code, f"the house answered the recipients with {answer.status}")
        return answer

    def _look_up(self, name: str) -> str | None:
        return self._entries.get(address_hash(self._key, name))

    async def _take(self, answer: HouseAnswer) -> None:
        # Empty, it would refuse all mail; a house without mailboxes loses nothing by judging itself.
        if not answer.body:
            return
        entries = read_table(answer.body)
        if entries is None or not answer.etag:
            self._errors.note("recipients_malformed", "what came is no recipients table; the old one is kept")
            return
        self._entries, self.etag = entries, answer.etag
        await self._save(_TABLE, {"etag": self.etag, "entries": self._entries})
        await self._confirm()

    async def _confirm(self) -> None:
        moment = self._clock.now()
        self.state = TableState(complete=True, confirmed_at=moment)
        await self._save(_STATE, {"etag": self.etag, "confirmed_at": to_wire(moment)})

    async def _save(self, name: str, document: dict[str, Any]) -> None:
        # Memory has it; a full disk only means that a restart must ask again.
        with contextlib.suppress(HoldUnavailable):
            await asyncio.to_thread(self._hold.write_state, name, document)

    def _load(self) -> None:
        state, table = self._hold.read_state(_STATE), self._hold.read_state(_TABLE)
        entries = table.get("entries")
        if not isinstance(entries, dict) or table.get("etag") != state.get("etag"):
            return
        self._entries = {str(name): str(kind) for name, kind in entries.items()}
        self.etag = str(state.get("etag", ""))
        self.state = TableState(complete=True, confirmed_at=_moment(state.get("confirmed_at")))


def _moment(text: object) -> datetime | None:
    try:
        return from_wire(str(text))
    except ValueError:
        return None
