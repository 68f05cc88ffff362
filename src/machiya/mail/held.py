"""What an edge holds, and what it needs to hold it and to bring it home."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from machiya.core.errors import MachiyaError, Unavailable
from machiya.core.identifiers import DeliveryId
from machiya.mail.model import Envelope


class HoldUnavailable(Unavailable):
    """The hold folder took nothing; the sender must keep the message."""

    code = "hold_unavailable"


class HoldFull(HoldUnavailable):
    """The disk of the hold folder is full."""

    code = "hold_full"


class HoldDamaged(MachiyaError):
    """A held message cannot be read as it was written; it is left where it is."""

    code = "hold_damaged"


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """One accepted message for one recipient; ``retried_at``: when a person took it back from the dead."""

    delivery_id: DeliveryId
    envelope: Envelope
    md5: str
    retried_at: datetime | None = None

    @property
    def held_since(self) -> datetime:
        """From when ``hold_days`` counts."""
        return self.retried_at or self.envelope.accepted_at


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message the edge gave up on."""

    held: HeldMessage
    died_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The ids in a folder, oldest first, and names that do not belong there."""

    ids: tuple[DeliveryId, ...]
    foreign: tuple[str, ...] = ()


class IncomingBody(Protocol):
    """A body on its way in: nothing of it counts until ``Hold.keep``."""

    @property
    def size_bytes(self) -> int:
        """How much was written."""

    def write(self, chunk: bytes) -> None:
        """Append.

        Raises:
            HoldFull: no space.
            HoldUnavailable: read-only, no permission, broken disk.
        """

    def discard(self) -> None:
        """Forget it; no error."""


class Hold(Protocol):
    """The folder an edge holds messages in. Every call blocks on the disk.

    Every call may raise HoldUnavailable.
    """

    def incoming(self, delivery_id: DeliveryId) -> IncomingBody:
        """Begin a body; ``delivery_id`` names its temporary file."""

    def keep(self, body: IncomingBody, envelopes: Sequence[tuple[DeliveryId, Envelope]]) -> None:
        """Hold the body once for each id, durably: all of them, or none and an error."""

    def held_ids(self) -> Listing:
        """What waits for the house."""

    def held(self, delivery_id: DeliveryId) -> HeldMessage | None:
        """One message; None if it is not there (any more).

        Raises:
            HoldDamaged: it is there and cannot be read.
        """

    def open_body(self, message: HeldMessage) -> AbstractContextManager[BinaryIO]:
        """Its bytes.

        Raises:
            HoldDamaged: missing, or not as long as its envelope says.
        """

    def remove(self, delivery_id: DeliveryId) -> None:
        """The house has it: delete; nothing happens if it is not there."""

    def bury(self, message: HeldMessage, reason: str, moment: datetime) -> None:
        """Move it to the dead."""

    def dead_ids(self) -> Listing:
        """What was given up on."""

    def dead(self, delivery_id: DeliveryId) -> DeadMessage | None:
        """One dead message; None if it is not there.

        Raises:
            HoldDamaged: it is there and cannot be read.
        """

    def revive(self, delivery_id: DeliveryId, moment: datetime) -> bool:
        """Take it back from the dead; whether it is held after that because of an order to retry."""

    def discard_dead(self, delivery_id: DeliveryId) -> bool:
        """Delete a dead message for good; whether there was one."""

    def receipts(self, limit: int) -> tuple[DeliveryId, ...]:
        """The oldest ids that were accepted and not yet acknowledged in a report."""

    def drop_receipts(self, ids: Sequence[DeliveryId]) -> None:
        """The house knows these were accepted."""

    def read_state(self, name: str) -> dict[str, Any]:
        """A small JSON document; empty if it is missing or cannot be read."""

    def write_state(self, name: str, document: dict[str, Any]) -> None:
        """Replace it atomically."""


@dataclass(frozen=True, slots=True)
class HouseAnswer:
    """The house's answer; ``status`` None: it was silent (timeout, reset, no connection) and ``detail`` says how.

    ``proven``: it carries the house's proof that it has this message (``Machiya-Taken``).
    """

    status: int | None
    code: str = ""
    detail: str = ""
    body: bytes = b""
    etag: str = ""
    proven: bool = False


class House(Protocol):
    """The signed calls of the edge protocol; none of them raises for what the house does."""

    async def offer(self, message: HeldMessage, body: BinaryIO) -> HouseAnswer:
        """``PUT /v1/inbound/{delivery_id}``, streamed."""

    async def recipients(self, etag: str) -> HouseAnswer:
        """``GET /v1/recipients``; empty ``etag``: unconditionally."""

    async def report(self, document: bytes) -> HouseAnswer:
        """``POST /v1/edge/report``."""

    async def close(self) -> None:
        """Give back connections; no error."""
