"""Where a message goes after its verdict: the mailboxes, their Junk folders, the quarantine, or nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.mail.ledger import Claim
from machiya.mail.model import (
    Delivery,
    InboundMessage,
    Quarantined,
    StoreOutcome,
    StoreStatus,
    Verdict,
    VerdictAction,
)
from machiya.mail.ports import MailStore, QuarantineFiles, StoreOutcomeUnknown
from machiya.mail.prefix import header_prefix
from machiya.mail.verdict_header import verdict_lines

_STORED_BEFORE = StoreOutcome(StoreStatus.STORED, "found in the store after an interrupted delivery")


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of the message for each mailbox; ``quarantined`` is the row to be written with it."""

    outcomes: Mapping[EmailAddress, StoreOutcome] = field(default_factory=dict)
    quarantined: Quarantined | None = None


class Placing:
    """Puts one message where its verdict says."""

    def __init__(
        self, store: MailStore, quarantine: QuarantineFiles, clock: Clock, hostname: str, origin: str = "the edge"
    ) -> None:
        self._store = store
        self._quarantine = quarantine
        self._clock = clock
        self._hostname = hostname
        self._origin = origin

    async def place(self, message: InboundMessage, taken: Claim, recipient: EmailAddress, verdict: Verdict) -> Placed:
        """One outcome for each mailbox of the claim that has no copy yet.

        Raises:
            StoreUnavailable: store or quarantine are ill; nothing was placed.
            StoreOutcomeUnknown: the store went away too late to tell.
        """
        found = [mailbox for mailbox in taken.unsure if await self._store.contains(message.delivery_id, mailbox)]
        missing = tuple(mailbox for mailbox in (*taken.fresh, *taken.unsure) if mailbox not in found)
        before = dict.fromkeys(found, _STORED_BEFORE)
        if not missing:
            return Placed(before)
        if verdict.action is VerdictAction.REFUSE:
            refused = StoreOutcome(StoreStatus.PERMANENT, "; ".join(verdict.reasons))
            return Placed(before | dict.fromkeys(missing, refused))
        if verdict.action is VerdictAction.QUARANTINE:
            return await self._set_aside(message, taken, missing, verdict, before)
        return Placed(before | await self._store_in(message, missing, recipient, verdict))

    async def _store_in(
        self, message: InboundMessage, mailboxes: tuple[EmailAddress, ...], recipient: EmailAddress, verdict: Verdict
    ) -> dict[EmailAddress, StoreOutcome]:
        outcomes = dict(await self._store.store(self._delivery(message, recipient, verdict), mailboxes))
        if set(outcomes) != set(mailboxes):
            raise StoreOutcomeUnknown("the store did not answer for every mailbox", hint="Look at its log.")
        return outcomes

    def _delivery(self, message: InboundMessage, recipient: EmailAddress, verdict: Verdict) -> Delivery:
        prefix = header_prefix(message.delivery_id, recipient, self._hostname, self._clock.now(), self._origin)
        return Delivery(
            delivery_id=message.delivery_id,
            sender=message.envelope.sender,
            accepted_at=message.envelope.accepted_at,
            prefix=prefix + verdict_lines(verdict),
            content=message.content,
            junk=verdict.action is VerdictAction.JUNK,
        )

    async def _set_aside(
        self,
        message: InboundMessage,
        taken: Claim,
        mailboxes: tuple[EmailAddress, ...],
        verdict: Verdict,
        before: dict[EmailAddress, StoreOutcome],
    ) -> Placed:
        """The bytes first, durably; their row is written with the ledger's, so it is there once or not at all."""
        await self._quarantine.keep(message.delivery_id, message.content)
        outcome = StoreOutcome(StoreStatus.QUARANTINED, "; ".join(verdict.reasons))
        record = taken.record
        item = Quarantined(
            delivery_id=message.delivery_id,
            quarantined_at=self._clock.now(),
            md5=message.md5,
            size_bytes=message.envelope.size_bytes,
            sender=message.envelope.sender,
            recipient=message.envelope.recipient,
            mailboxes=mailboxes,
            reasons=verdict.reasons,
            header_from=record.header_from,
            subject=record.subject,
        )
        return Placed(before | dict.fromkeys(mailboxes, outcome), item)
