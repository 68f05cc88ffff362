"""The header lines the house puts before a message; everything after them is the sender's, untouched."""

from datetime import datetime
from email.utils import format_datetime

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId

DELIVERY_FIELD = "X-Machiya-Delivery"


def header_prefix(
    delivery_id: DeliveryId, recipient: EmailAddress, hostname: str, received_at: datetime, origin: str = "the edge"
) -> bytes:
    """Trace fields, CRLF after each (RFC 5321 §4.4); ``X-Machiya-Delivery`` lets a store be asked for the delivery.

    An address that is not ASCII is left out of ``Received``, so that the header section stays readable to all.
    """
    recipient_clause = f"\r\n\tfor <{recipient}>" if str(recipient).isascii() else ""
    return (
        f"Received: from {origin} by {hostname} (Machiya) with HTTPS\r\n"
        f"\tid {delivery_id}{recipient_clause};\r\n"
        f"\t{format_datetime(received_at)}\r\n"
        f"{DELIVERY_FIELD}: {delivery_id}\r\n"
    ).encode("ascii")
