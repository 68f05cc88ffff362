"""What is known of a message before anything is written: who gets it, or why nobody does."""

from dataclasses import dataclass

from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import InvalidAddress
from machiya.core.recipients import RefusalReason, Resolution
from machiya.mail.answers import Answer, AnswerStatus
from machiya.mail.headers import HeaderFacts, read_facts
from machiya.mail.loop_guard import loop_reason
from machiya.mail.model import DeliveryRecord, InboundMessage
from machiya.mail.ports import RecipientDirectory

_REFUSALS = {
    RefusalReason.UNKNOWN: "no mailbox, alias or catch-all takes mail for it",
    RefusalReason.DISABLED: "the mailbox is disabled",
    RefusalReason.ALIAS_LOOP: "the alias leads back to itself",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt's facts, read once."""

    message: InboundMessage
    record: DeliveryRecord
    resolution: Resolution | None
    refusal: Answer | None

    @property
    def known(self) -> bool:
        """Somebody gets it."""
        return self.resolution is not None and bool(self.resolution.mailboxes)


class Examiner:
    """Reads a message's headers and asks the address table.

    Args:
        directory, clock: see ``ports``.
        max_hops: more Received lines are a loop.
        store_subjects: whether the record may hold the subject.
    """

    def __init__(self, directory: RecipientDirectory, clock: Clock, *, max_hops: int, store_subjects: bool) -> None:
        self._directory, self._clock = directory, clock
        self._max_hops, self._store_subjects = max_hops, store_subjects

    def __call__(self, message: InboundMessage) -> Attempt:
        """The facts of this moment; memory only."""
        facts = read_facts(message.content)
        resolution = self._resolve(message.envelope.recipient)
        record = self._record(message, facts)
        return Attempt(message, record, resolution, self._refusal(message, facts, resolution))

    def _resolve(self, recipient: str) -> Resolution | None:
        address: EmailAddress | None
        try:
            address = EmailAddress.parse(recipient)
        except InvalidAddress:
            # RFC 5321 §4.1.1.3: the one word that needs no domain, in any case.
            address = self._directory.postmaster() if recipient.lower() == "postmaster" else None
        return None if address is None else self._directory.resolve(address)

    def _refusal(self, message: InboundMessage, facts: HeaderFacts, resolution: Resolution | None) -> Answer | None:
        if resolution is None:
            return never(RefusalReason.UNKNOWN, message)
        if resolution.refusal or not resolution.mailboxes:
            return never(resolution.refusal or RefusalReason.UNKNOWN, message)
        looping = loop_reason(facts, self._max_hops)
        return Answer(AnswerStatus.NEVER, "mail_loop", looping) if looping else None

    def _record(self, message: InboundMessage, facts: HeaderFacts) -> DeliveryRecord:
        now = self._clock.now()
        return DeliveryRecord(
            delivery_id=message.delivery_id,
            md5=message.md5,
            size_bytes=message.envelope.size_bytes,
            sender=message.envelope.sender,
            recipient=message.envelope.recipient,
            accepted_at=message.envelope.accepted_at,
            first_seen_at=now,
            updated_at=now,
            message_id=facts.message_id,
            subject=facts.subject if self._store_subjects else None,
            header_from=facts.sender,
        )


def never(refusal: RefusalReason, message: InboundMessage) -> Answer:
    """No mailbox will ever take it."""
    return Answer(AnswerStatus.NEVER, str(refusal), f"{message.envelope.recipient}: {_REFUSALS[refusal]}")
