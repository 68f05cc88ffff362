"""The bytes that are sent: the same message for every design, and the HTTP requests that carry it."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from bench.inbound.plan import SENDER
from machiya.core.identifiers import new_delivery_id
from machiya.mail.envelope import encode_envelope
from machiya.mail.model import Envelope
from machiya.mail.signature import SignedRequest

LINE = 76
_HEAD = (
    "From: Bench <sender@street.test>\r\n"
    "To: Somebody <somebody@bench.test>\r\n"
    "Subject: Bench message of {size} bytes\r\n"
    "Date: Mon, 23 Nov 2026 10:00:00 +0900\r\n"
    "Message-ID: <bench-{size}{mark}@street.test>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=us-ascii\r\n"
    "\r\n"
)


@dataclass(frozen=True, slots=True)
class Requests:
    """HTTP/1.1 requests as bytes: each is its own head followed by the tail they share."""

    heads: list[bytes]
    tail: bytes


def message(size_bytes: int, mark: str = "") -> bytes:
    """A message of exactly ``size_bytes``: CRLF lines of text that looks like base64, no line starts with a dot.

    Another ``mark`` makes other lines.
    """
    head = _HEAD.format(size=size_bytes, mark=mark).encode("ascii")
    room = size_bytes - len(head)
    blocks = (
        base64.b64encode(hashlib.sha512(b"%s%d" % (mark.encode(), number)).digest())[:LINE]
        for number in range(room // LINE + 1)
    )
    body = b"\r\n".join(blocks)[: room - 2].rstrip(b"\r\n")
    return head + body + b"=" * (room - 2 - len(body)) + b"\r\n"


def signed_puts(content: bytes, recipients: Sequence[str], *, key: str, port: int, now: datetime) -> Requests:
    """One signed ``PUT /v1/inbound/{id}`` for each recipient, as the edge sends it."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return Requests([_signed_head(to, md5, len(content), key=key, port=port, now=now) for to in recipients], content)


def unique_messages(size_bytes: int, count: int) -> list[bytes]:
    """Messages without a line of their bodies in common, nor with those of any other call."""
    run = token_hex(6)
    return [message(size_bytes, f"-{run}-{number}-") for number in range(count)]


def signed_uniques(contents: Sequence[bytes], recipients: Sequence[str], *, key: str, now: datetime) -> Requests:
    """As ``signed_puts``, each recipient with a message of its own, for the tunnel's stand-in."""
    one = [
        signed_puts(content, [to], key=key, port=80, now=now) for content, to in zip(contents, recipients, strict=True)
    ]
    return Requests([each.heads[0] + each.tail for each in one], b"")


def _signed_head(recipient: str, md5: str, size_bytes: int, *, key: str, port: int, now: datetime) -> bytes:
    delivery_id = new_delivery_id(now)
    path = f"/v1/inbound/{delivery_id}"
    envelope = encode_envelope(Envelope(SENDER, recipient, now, size_bytes))
    signed = SignedRequest(
        "PUT", path, str(int(now.timestamp())), md5, str(size_bytes), delivery_id=delivery_id, envelope=envelope
    )
    return _head("PUT", path, port, size_bytes, {"Content-Type": "message/rfc822", **signed.headers(key)})


def json_posts(content: bytes, recipients: Sequence[str], *, key: str, port: int) -> Requests:
    """One ``POST /inbound`` for each recipient with the message as text in JSON, as the reference design takes it."""
    tail = b'"raw": ' + json.dumps(content.decode("utf-8")).encode("ascii") + b"}"
    return Requests([_json_head(to, len(tail), key=key, port=port) for to in recipients], tail)


def _json_head(recipient: str, tail_bytes: int, *, key: str, port: int) -> bytes:
    start = json.dumps({"from": SENDER, "to": recipient})[:-1].encode("ascii") + b", "
    headers = {"Content-Type": "application/json", "X-API-Key": key}
    return _head("POST", "/inbound", port, len(start) + tail_bytes, headers) + start


def _head(method: str, path: str, port: int, body_bytes: int, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {body_bytes}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
