"""Taking messages in: who may be written to, holding what came, and what the sender is answered."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import InvalidAddress
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.entrypoints.front_door.paths import NULL_SENDER
from machiya.mail.edge_rules import RecipientDecision
from machiya.mail.held import Hold, HoldFull, HoldUnavailable, IncomingBody
from machiya.mail.model import Envelope

RECIPIENTS_LIMIT = 100
_log = structlog.get_logger()

ACCEPTED = "250 2.1.5 OK"
TOO_MANY = f"452 4.5.3 at most {RECIPIENTS_LIMIT} recipients at once; send the message again for the others"
_REFUSALS = {
    RecipientDecision.UNKNOWN: "550 5.1.1 no such mailbox",
    RecipientDecision.DISABLED: "550 5.2.1 mailbox disabled",
}


class Reception:
    """``decide`` judges a recipient; ``announce`` is told what is held now."""

    def __init__(
        self,
        hold: Hold,
        clock: Clock,
        *,
        decide: Callable[[str], RecipientDecision],
        announce: Callable[[Sequence[DeliveryId]], None],
        message_bytes: int,
    ) -> None:
        self._hold, self._clock, self._decide, self._announce = hold, clock, decide, announce
        self.message_bytes = message_bytes

    def judge(self, address: str, earlier: Sequence[str]) -> tuple[str, bool]:
        """The reply to RCPT, and whether the address joins the ``earlier`` ones.

        An address given twice gets one copy, as with every other mail server.
        """
        if refusal := _REFUSALS.get(self._decide(address)):
            _log.info("mail.refused", recipient=address, reply=refusal)
            return refusal, False
        if _canonical(address) in {_canonical(other) for other in earlier}:
            return ACCEPTED, False
        if len(earlier) >= RECIPIENTS_LIMIT:
            return TOO_MANY, False
        return ACCEPTED, True

    def begin(self) -> "Taking":
        """A message is about to come."""
        return Taking(self._hold.incoming(new_delivery_id(self._clock.now())), self.message_bytes)

    async def finish(self, taking: "Taking", sender: str, recipients: Sequence[str]) -> str:
        """Hold it for each recipient; the reply to DATA, which is 250 only when all of them are on disk."""
        if taking.too_large:
            return f"552 5.3.4 the message is too large: at most {self.message_bytes} bytes"
        sender = "" if sender == NULL_SENDER else sender
        now = self._clock.now()
        envelopes = [
            (new_delivery_id(now), Envelope(sender, recipient, now, taking.size_bytes)) for recipient in recipients
        ]
        try:
            await asyncio.to_thread(self._keep, taking, envelopes)
        except HoldUnavailable as error:
            return _not_now(error)
        ids = [delivery_id for delivery_id, _ in envelopes]
        _log.info("mail.held", delivery_ids=ids, sender=sender, recipients=recipients, size_bytes=taking.size_bytes)
        self._announce(ids)
        return f"250 2.0.0 held as {ids[0]}" + (f" and {len(ids) - 1} more" if len(ids) > 1 else "")

    def _keep(self, taking: "Taking", envelopes: Sequence[tuple[DeliveryId, Envelope]]) -> None:
        body = taking.complete()
        self._hold.keep(body, envelopes)


class Taking:
    """One message on its way in; at most one block of it is in memory."""

    def __init__(self, body: IncomingBody, limit_bytes: int) -> None:
        self._body, self._limit_bytes = body, limit_bytes
        self._waiting = b""
        self._trouble: HoldUnavailable | None = None
        self.size_bytes = 0

    @property
    def too_large(self) -> bool:
        """More came than the house takes."""
        return self.size_bytes > self._limit_bytes

    async def feed(self, block: bytes) -> None:
        """One more block. Trouble is remembered: DATA has to be read to its end before it can be answered."""
        self.size_bytes += len(block)
        if self.too_large or self._trouble:
            self.abandon()
            return
        # The last block stays in memory, so that a small message costs one visit to the disk, in ``complete``.
        earlier, self._waiting = self._waiting, block
        if earlier:
            try:
                await asyncio.to_thread(self._body.write, earlier)
            except HoldUnavailable as error:
                self._trouble = error

    def complete(self) -> IncomingBody:
        """Everything is written.

        Raises:
            HoldUnavailable: the disk refused, now or earlier.
        """
        if self._trouble:
            raise self._trouble
        self._body.write(self._waiting)
        self._waiting = b""
        return self._body

    def abandon(self) -> None:
        """Nothing of it will be kept."""
        self._waiting = b""
        self._body.discard()


def _not_now(error: HoldUnavailable) -> str:
    _log.error("mail.not_held", code=error.code, reason=error.message, hint=error.hint)
    if isinstance(error, HoldFull):
        return "452 4.3.1 no space left here; try again later"
    return "451 4.3.0 the message could not be stored; try again later"


def _canonical(address: str) -> str:
    try:
        return str(EmailAddress.parse(address))
    except InvalidAddress:
        return address
