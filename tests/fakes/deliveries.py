"""Deliveries as the ingest hands them to a store."""

from datetime import UTC, datetime

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.model import Delivery
from machiya.mail.prefix import header_prefix

TARO = EmailAddress.parse("taro@home.test")
HANAKO = EmailAddress.parse("hanako@home.test")
JIRO = EmailAddress.parse("jiro@home.test")
MOMENT = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
SENDER = "stranger@street.example"


def delivery(
    content: bytes | bytearray | memoryview = b"Subject: hi\r\n\r\nhello\r\n",
    *,
    sender: str = SENDER,
    delivery_id: DeliveryId | None = None,
) -> Delivery:
    """One with a fresh id, unless ``delivery_id`` is given; the prefix is the house's own."""
    made = delivery_id or new_delivery_id(MOMENT)
    return Delivery(made, sender, MOMENT, header_prefix(made, TARO, "home.test", MOMENT), content)
