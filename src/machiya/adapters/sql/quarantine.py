"""The rows of the quarantine: values for the ledger's statements, and questions."""

from typing import Any

from sqlalchemy import Engine, Row, select

from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.tables.incoming import quarantine
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.identifiers import DeliveryId
from machiya.mail.model import Quarantined


class SqlQuarantineBook:
    """``QuarantineBook``; one statement."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def items(self) -> tuple[Quarantined, ...]:
        """Everything in it, newest first."""
        query = select(quarantine).order_by(quarantine.c.quarantined_at.desc(), quarantine.c.delivery_id.desc())
        with translating(), self._engine.connect() as connection:
            return tuple(_item(row) for row in connection.execute(query))


def quarantine_values(item: Quarantined) -> dict[str, Any]:
    """A row."""
    return {
        "delivery_id": item.delivery_id,
        "quarantined_at": item.quarantined_at,
        "md5": item.md5,
        "size_bytes": item.size_bytes,
        "sender": item.sender,
        "recipient": item.recipient,
        "mailboxes": [str(mailbox) for mailbox in item.mailboxes],
        "reasons": list(item.reasons),
        "header_from": item.header_from,
        "subject": item.subject,
    }


def _item(row: Row[Any]) -> Quarantined:
    return Quarantined(
        delivery_id=DeliveryId(row.delivery_id),
        quarantined_at=row.quarantined_at,
        md5=row.md5,
        size_bytes=row.size_bytes,
        sender=row.sender,
        recipient=row.recipient,
        mailboxes=tuple(_address(text) for text in row.mailboxes),
        reasons=tuple(row.reasons),
        header_from=row.header_from,
        subject=row.subject,
    )


def _address(text: str) -> EmailAddress:
    """Canonical when it was written, so it is not parsed again."""
    local, _, domain = text.rpartition("@")
    return EmailAddress(local, DomainName(domain))
