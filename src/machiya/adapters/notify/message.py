"""A notice as a message (RFC 5322)."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from machiya.core.identifiers import DeliveryId, derived_delivery_id


def notice_id(subject: str, text: str, moment: datetime) -> DeliveryId:
    """The same for the same notice."""
    return derived_delivery_id(moment, f"{subject}\0{text}".encode())


def message_bytes(subject: str, text: str, *, sender: str, to: str, hostname: str, moment: datetime) -> bytes:
    """The whole message, CRLF, plain ASCII.

    Source: RFC 3834 §5 (Auto-Submitted).
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Machiya <{sender}>"
    message["To"] = to
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = f"<{notice_id(subject, text, moment)}@{hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="base64")
    return message.as_bytes()
