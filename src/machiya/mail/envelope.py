"""The envelope as it travels in ``Machiya-Envelope`` (docs/format/edge-protocol.md)."""

import base64
import binascii
import json
from typing import Any

from machiya.core.clock import from_wire, to_wire
from machiya.core.errors import InvalidInput
from machiya.mail.model import Envelope

ENVELOPE_VERSION = 1
ENVELOPE_BYTES = 4096


def encode_envelope(envelope: Envelope) -> str:
    """Unpadded base64url of the ASCII JSON form."""
    data = {
        "v": ENVELOPE_VERSION,
        "from": envelope.sender,
        "to": envelope.recipient,
        "at": to_wire(envelope.accepted_at),
        "size": envelope.size_bytes,
    }
    text = json.dumps(data, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("ascii")).rstrip(b"=").decode("ascii")


def decode_envelope(text: str) -> Envelope:
    """Read the header's value.

    Raises:
        InvalidInput: not base64url, not JSON, a field missing or of another type, or over 4 096 bytes.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if len(raw) > ENVELOPE_BYTES:
            raise InvalidInput("the envelope is too large", hint="At most 4096 bytes of JSON.")
        return _from_data(json.loads(raw))
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidInput("the envelope cannot be read", hint="See docs/format/edge-protocol.md.") from error


def _from_data(data: Any) -> Envelope:
    sender, recipient, size = data["from"], data["to"], data["size"]
    texts = isinstance(sender, str) and isinstance(recipient, str)
    if data["v"] != ENVELOPE_VERSION or not texts or type(size) is not int or size < 0:
        msg = "a field has the wrong type"
        raise ValueError(msg)
    (sender + recipient).encode()  # half a surrogate pair is no text: refused here, no later part could write it
    return Envelope(sender=sender, recipient=recipient, accepted_at=from_wire(data["at"]), size_bytes=size)
