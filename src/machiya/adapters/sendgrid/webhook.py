"""SendGrid's Event Webhook: its signature and its events.

Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event (events) and
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
(ECDSA with SHA-256 over timestamp and raw body, public key as base64 DER).
"""

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from machiya.core.errors import ConfigurationError, InvalidInput
from machiya.mail.outgoing import RelayEvent, RelayEventKind

_KINDS = {
    "processed": RelayEventKind.PROCESSED,
    "delivered": RelayEventKind.DELIVERED,
    "deferred": RelayEventKind.DEFERRED,
    "bounce": RelayEventKind.BOUNCED,
    "dropped": RelayEventKind.DROPPED,
    "spamreport": RelayEventKind.COMPLAINED,
}
_REASON_CHARACTERS = 1000
_LATEST = 253_402_300_799


class SendGridWebhook:
    """``RelayWebhook``; ``public_key`` is the base64 text that SendGrid shows beside the webhook.

    Raises:
        ConfigurationError: that text is no such key.
    """

    def __init__(self, public_key: str) -> None:
        self._key = _load(public_key)

    def verify(self, timestamp: str, body: bytes, signature: str) -> bool:
        """Whether the holder of the private key signed exactly these bytes at this time."""
        try:
            raw = base64.b64decode(signature, validate=True)
            self._key.verify(raw, timestamp.encode() + body, ECDSA(SHA256()))
        except (binascii.Error, ValueError, InvalidSignature):
            return False
        return True

    def read(self, body: bytes) -> tuple[RelayEvent, ...]:
        """The events that concern delivery; opens and clicks are left out.

        Raises:
            InvalidInput: not a JSON list of events.
        """
        try:
            posted = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise InvalidInput("the events are not JSON", hint="Is this SendGrid's webhook?") from error
        if not isinstance(posted, list):
            raise InvalidInput("the events are not a list", hint="Is this SendGrid's webhook?")
        return tuple(_events(posted))


def _load(text: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise _no_key() from error
    if not isinstance(key, EllipticCurvePublicKey):
        raise _no_key()
    return key


def _no_key() -> ConfigurationError:
    return ConfigurationError(
        "relay.events_public_key is not a public key as SendGrid shows it",
        hint="Copy it from SendGrid: Settings, Mail Settings, Event Webhook, Security.",
    )


def _events(posted: list[Any]) -> Iterator[RelayEvent]:
    for entry in posted:
        kind = _KINDS.get(_text(entry, "event")) if isinstance(entry, dict) else None
        if kind is not None:
            yield _event(entry, kind)


def _event(entry: dict[str, Any], kind: RelayEventKind) -> RelayEvent:
    """``smtp-id`` is the message's own Message-ID for what came in over SMTP."""
    return RelayEvent(
        event_id=_text(entry, "sg_event_id") or _fingerprint(entry),
        message_id=_text(entry, "smtp-id").strip().strip("<>"),
        recipient=_text(entry, "email"),
        at=_moment(entry.get("timestamp")),
        kind=kind,
        reason=" ".join((_text(entry, "reason") or _text(entry, "response")).split())[:_REASON_CHARACTERS],
        status=_text(entry, "status"),
    )


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name, "")
    return value if isinstance(value, str) else ""


def _fingerprint(entry: dict[str, Any]) -> str:
    """For an event without an id: the same event again has the same fields."""
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


def _moment(seconds: Any) -> datetime:
    """Within Python's calendar; JSON has numbers that no clock has."""
    number = seconds if isinstance(seconds, int) or (isinstance(seconds, float) and math.isfinite(seconds)) else 0
    return datetime.fromtimestamp(min(max(number, 0), _LATEST), tz=UTC)
