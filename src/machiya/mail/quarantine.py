"""What was set aside: found, released to its mailboxes exactly once, deleted by a person or when its time is over."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import Conflict, InvalidAddress, InvalidInput, NotFound
from machiya.mail.journey import discarded, released
from machiya.mail.ledger import Claim
from machiya.mail.model import Delivery, DeliveryState, Quarantined, StoreOutcome, StoreStatus
from machiya.mail.ports import (
    LedgerTransactions,
    MailStore,
    QuarantineBook,
    QuarantineDamaged,
    QuarantineFiles,
    RecipientDirectory,
    StoreOutcomeUnknown,
    StoreUnavailable,
)
from machiya.mail.prefix import header_prefix
from machiya.mail.quarantine_ledger import claim_quarantined, put_back, settle_deletion, settle_release
from machiya.mail.verdict_header import released_lines

_GONE = StoreOutcome(StoreStatus.PERMANENT, "the mailbox is gone or disabled; the message stays in the quarantine")
_STORED_BEFORE = StoreOutcome(StoreStatus.STORED, "found in the store after an interrupted release")
_DELETED = StoreOutcome(StoreStatus.PERMANENT, "deleted from the quarantine")
_HINT = "machiya quarantine list shows what is there."


def find_quarantined(book: QuarantineBook, prefix: str) -> Quarantined:
    """The one whose delivery id begins so.

    Raises:
        NotFound: none does.
        InvalidInput: several do.
    """
    found = [item for item in book.items() if prefix and item.delivery_id.startswith(prefix.lower())]
    if not found:
        raise NotFound(f"nothing in the quarantine begins with {prefix!r}", hint=_HINT)
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} messages begin with {prefix!r}", hint="Write more of the id.")
    return found[0]


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """``hostname`` for the Received line; ``lease``: how long a release that was cut off blocks the next."""

    hostname: str
    lease: timedelta = timedelta(seconds=120)


class Quarantine:
    """Lets messages out or deletes them; one process at a time."""

    def __init__(
        self,
        *,
        files: QuarantineFiles,
        ledger: LedgerTransactions,
        store: MailStore,
        directory: RecipientDirectory,
        clock: Clock,
        rules: ReleaseRules,
    ) -> None:
        self._files = files
        self._ledger = ledger
        self._store = store
        self._directory = directory
        self._clock = clock
        self._rules = rules

    async def content(self, item: Quarantined) -> bytes:
        """Its bytes, checked.

        Raises:
            QuarantineDamaged: they are not those that were set aside.
        """
        content = await self._files.read(item.delivery_id)
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != item.md5:
            raise QuarantineDamaged(
                f"{item.delivery_id}: the file is not what was set aside", hint="Look at the disk; restore a backup."
            )
        return content

    async def release(
        self, item: Quarantined, only: Collection[EmailAddress] = ()
    ) -> Mapping[EmailAddress, StoreOutcome]:
        """Deliver it unchanged to the mailboxes it was for; it leaves the quarantine when all of them have it.

        ``only``: to these of them, if it names any; for the others it stays in the quarantine.

        Raises:
            NotFound: it was released (to all, or to all of ``only``) or deleted meanwhile.
            Conflict: another release of it is under way, or was cut off less than a lease ago.
            QuarantineDamaged: its bytes are not those that were set aside.
            StoreUnavailable: the store is ill; it stays in the quarantine.
        """
        content = await self.content(item)
        taken = await self._claim(item, only)
        outcomes = await self._deliver(item, taken, content)
        await self._settle(item, taken, outcomes)
        return outcomes

    async def delete(self, item: Quarantined, *, kept_days: int = 0) -> tuple[EmailAddress, ...]:
        """Delete for good what no mailbox has; the trace remembers that, and ``kept_days`` if nobody asked for it.

        A release that was cut off may have reached some mailboxes, so the store is asked: those that have it keep it,
        and are returned.

        Raises:
            Conflict: a release of it is under way, or was cut off less than a lease ago.
            NotFound: it was released or deleted meanwhile.
            StoreUnavailable: the store cannot say whether it has it; it stays in the quarantine.
        """
        taken = await self._claim(item)
        try:
            found = await self._found(item, taken)
        except StoreUnavailable:
            await self._put_back(taken)
            raise
        left = [mailbox for mailbox in (*taken.fresh, *taken.unsure) if mailbox not in found]
        state, reason = (DeliveryState.DISCARDED, _DELETED.detail) if left else (DeliveryState.DELIVERED, "")
        record = replace(taken.record, state=state, reason=reason, updated_at=self._clock.now())
        outcomes, events = found | dict.fromkeys(left, _DELETED), discarded(record, found, kept_days)
        await self._ledger.run(lambda ledger: settle_deletion(ledger, record, outcomes, events))
        await self._files.remove(item.delivery_id)
        return tuple(found)

    async def _claim(self, item: Quarantined, only: Collection[EmailAddress] = ()) -> Claim:
        now = self._clock.now()
        taken = await self._ledger.run(lambda ledger: claim_quarantined(ledger, item, now, self._rules.lease, only))
        if taken.answer:
            raise Conflict(
                f"{item.delivery_id} is being released or deleted right now, or that was cut off a moment ago",
                hint=f"Nothing is lost. Wait {self._rules.lease.total_seconds():.0f} seconds, then try again.",
            )
        return taken

    async def _put_back(self, taken: Claim) -> None:
        now = self._clock.now()
        await self._ledger.run(lambda ledger: put_back(ledger, taken, now))

    async def _deliver(self, item: Quarantined, taken: Claim, content: bytes) -> dict[EmailAddress, StoreOutcome]:
        try:
            return await self._outcomes(item, taken, content)
        except StoreOutcomeUnknown:
            raise  # the lease stays: the next release asks the store first
        except StoreUnavailable:
            await self._put_back(taken)
            raise

    async def _found(self, item: Quarantined, taken: Claim) -> dict[EmailAddress, StoreOutcome]:
        """The mailboxes that a release had reached before it was cut off."""
        found = [mailbox for mailbox in taken.unsure if await self._store.contains(item.delivery_id, mailbox)]
        return dict.fromkeys(found, _STORED_BEFORE)

    async def _outcomes(self, item: Quarantined, taken: Claim, content: bytes) -> dict[EmailAddress, StoreOutcome]:
        found = await self._found(item, taken)
        missing = [mailbox for mailbox in (*taken.fresh, *taken.unsure) if mailbox not in found]
        there = [mailbox for mailbox in missing if mailbox in self._directory.resolve(mailbox).mailboxes]
        outcomes = found | dict.fromkeys(missing, _GONE)
        if there:
            outcomes |= await self._store.store(self._delivery(item, taken, content), there)
        return outcomes

    def _delivery(self, item: Quarantined, taken: Claim, content: bytes) -> Delivery:
        prefix = header_prefix(item.delivery_id, _recipient(item), self._rules.hostname, self._clock.now())
        return Delivery(
            delivery_id=item.delivery_id,
            sender=item.sender,
            accepted_at=taken.record.accepted_at,
            prefix=prefix + released_lines(item.reasons),
            content=content,
        )

    async def _settle(self, item: Quarantined, taken: Claim, outcomes: Mapping[EmailAddress, StoreOutcome]) -> None:
        now = self._clock.now()
        record = replace(taken.record, updated_at=now)
        events = released(record, outcomes)
        gone = await self._ledger.run(lambda ledger: settle_release(ledger, record, item, outcomes, events))
        if gone:
            await self._files.remove(item.delivery_id)


def _recipient(item: Quarantined) -> EmailAddress:
    """Whom it was sent to; ``postmaster`` alone is no address (RFC 5321 §4.1.1.3), so there its mailbox stands."""
    try:
        return EmailAddress.parse(item.recipient)
    except InvalidAddress:
        return item.mailboxes[0]
