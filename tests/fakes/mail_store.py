"""A mail store in memory that keeps the contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId
from machiya.mail.model import Delivery, StoreOutcome, StoreStatus

_INBOX = "INBOX"


@dataclass
class StoredCopy:
    """One message of a mailbox."""

    delivery_id: DeliveryId
    octets: bytes
    folder: str = _INBOX
    flags: str = ""


@dataclass
class FakeMailStore:
    """``MailStore``; only the mailboxes in ``quotas`` exist (bytes, 0: none)."""

    quotas: dict[EmailAddress, int]
    copies: dict[EmailAddress, list[StoredCopy]] = field(default_factory=dict)
    closed: bool = False

    async def store(self, delivery: Delivery, mailboxes: Sequence[EmailAddress]) -> Mapping[EmailAddress, StoreOutcome]:
        return {mailbox: self._store(delivery, mailbox) for mailbox in mailboxes}

    async def contains(self, delivery_id: DeliveryId, mailbox: EmailAddress) -> bool:
        return any(copy.delivery_id == delivery_id for copy in self.copies.get(mailbox, ()))

    async def close(self) -> None:
        self.closed = True

    def _store(self, delivery: Delivery, mailbox: EmailAddress) -> StoreOutcome:
        if mailbox not in self.quotas:
            return StoreOutcome(StoreStatus.PERMANENT, "no such mailbox")
        octets = (delivery.prefix + bytes(delivery.content)).replace(b"\r\n", b"\n")
        held = self.copies.setdefault(mailbox, [])
        if any(copy.delivery_id == delivery.delivery_id for copy in held):
            return StoreOutcome(StoreStatus.STORED, "was there already")
        quota = self.quotas[mailbox]
        if quota and sum(len(copy.octets) for copy in held) + len(octets) > quota:
            return StoreOutcome(StoreStatus.OVER_QUOTA, "over quota")
        held.append(StoredCopy(delivery.delivery_id, octets))
        return StoreOutcome(StoreStatus.STORED, "in memory")
