"""The non-delivery notice that the relay does not send (RFC 3464), made of one of its events."""

import base64
import hashlib
import re
import textwrap
from email.utils import format_datetime

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId, derived_delivery_id
from machiya.mail.outgoing import OutgoingMessage, RelayEvent, RelayEventKind

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_TEXT = """\
Your message could not be delivered.
メールを届けられませんでした。

  To / 宛先:      {to}
  Message-ID:     {message_id}
  Sent / 送信:    {sent}
  Failed / 失敗:  {failed}

{what}
{what_ja}

  {reason}

The message is not tried again. Check the address; if it is right, the line above is what to tell its administrator.
このメールは再送されません。宛先をお確かめください。正しい場合は、上の行を相手の管理者に伝えてください。
"""
_WHAT = {
    RelayEventKind.BOUNCED: (
        "The recipient's server refused it, in its own words:",
        "相手のサーバーが次の理由で受け取りを拒否しました。",
    ),
    RelayEventKind.DROPPED: (
        "The relay did not try to send it, because of:",
        "送信リレーが次の理由で送信しませんでした。",
    ),
}


def notice_id(event: RelayEvent) -> DeliveryId:
    """The same id for the same event, always: so the ledger delivers its notice once."""
    return derived_delivery_id(event.at, event.event_id.encode())


def notice_bytes(event: RelayEvent, message: OutgoingMessage | None, to: EmailAddress, hostname: str) -> bytes:
    """The whole message, CRLF; made of nothing but its arguments, so that a retry has the same bytes.

    Source: RFC 3464 §2, RFC 6522, RFC 3834 §5 (Auto-Submitted).
    """
    boundary = "notice-" + hashlib.sha256(event.event_id.encode()).hexdigest()[:24]
    head = (
        f"From: Mail delivery <MAILER-DAEMON@{hostname}>\n"
        f"To: <{_ascii(str(to))}>\n"
        f"Subject: =?utf-8?b?{_base64(f'Not delivered / 配達不能: {event.recipient[:120]}')}?=\n"
        f"Date: {format_datetime(event.at)}\n"
        f"Message-ID: <{notice_id(event)}@{hostname}>\n"
        "Auto-Submitted: auto-replied\n"
        "MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\n'
    )
    parts = (_for_people(event, message), _for_programs(event, message, hostname), _original(event, message))
    body = "".join(f"\n--{boundary}\n{part}" for part in parts) + f"\n--{boundary}--\n"
    return (head + body).replace("\n", "\r\n").encode("ascii")


def _for_people(event: RelayEvent, message: OutgoingMessage | None) -> str:
    what, what_ja = _WHAT.get(event.kind, _WHAT[RelayEventKind.BOUNCED])
    text = _TEXT.format(
        to=event.recipient,
        message_id=event.message_id,
        sent=format_datetime(message.first_seen_at) if message else "?",
        failed=format_datetime(event.at),
        what=what,
        what_ja=what_ja,
        reason=event.reason or event.status or "(no reason was given / 理由は示されませんでした)",
    )
    encoded = "\n".join(textwrap.wrap(_base64(text), 76))
    return f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{encoded}\n"


def _for_programs(event: RelayEvent, message: OutgoingMessage | None, hostname: str) -> str:
    arrival = f"Arrival-Date: {format_datetime(message.first_seen_at)}\n" if message else ""
    status = event.status if _STATUS.fullmatch(event.status) else "5.0.0"
    return (
        "Content-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; {hostname}\n{arrival}\n"
        f"Final-Recipient: rfc822; {_ascii(event.recipient)}\n"
        f"Action: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {_ascii(event.reason)[:800] or status}\n"
    )


def _original(event: RelayEvent, message: OutgoingMessage | None) -> str:
    sender = f"From: <{_ascii(message.sender)}>\n" if message and message.sender else ""
    return (
        "Content-Type: text/rfc822-headers\n\n"
        f"Message-ID: <{_ascii(event.message_id)}>\n{sender}To: <{_ascii(event.recipient)}>\n"
    )


def _ascii(text: str) -> str:
    return _UNPRINTABLE.sub("?", text).strip()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
