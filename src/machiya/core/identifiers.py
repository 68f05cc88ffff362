"""Delivery ids: UUIDv7, so that their order is the order of time."""

import hashlib
import re
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import NewType

from machiya.core.errors import InvalidInput

DeliveryId = NewType("DeliveryId", str)

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = 253_402_300_799_999  # the end of the year 9999, beyond which Python has no calendar


def _milliseconds(text: str) -> int:
    return uuid.UUID(text).int >> 80


def parse_delivery_id(text: str) -> DeliveryId:
    """Accept only the canonical lower-case text form of a UUIDv7 (RFC 9562 §5.7).

    Raises:
        InvalidInput: anything else.
    """
    if not _UUID7.fullmatch(text) or _milliseconds(text) > _LAST_MILLISECOND:
        raise InvalidInput(f"not a delivery id: {text!r}", hint="A delivery id looks like 0193a5c0-7b1e-7c3a-9f00-…")
    return DeliveryId(text)


def new_delivery_id(moment: datetime) -> DeliveryId:
    """A fresh id whose first 48 bits are ``moment`` in milliseconds (RFC 9562 §5.7)."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    value = (milliseconds << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return DeliveryId(str(uuid.UUID(int=value)))


def moment_of(delivery_id: DeliveryId) -> datetime:
    """When the id was made, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=_milliseconds(delivery_id))


def derived_delivery_id(moment: datetime, seed: bytes) -> DeliveryId:
    """An id that is always the same for the same ``moment`` and ``seed``: SHA-256 stands for the random bits."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    digest = int.from_bytes(hashlib.sha256(seed).digest())
    low, middle = digest & ((1 << 62) - 1), (digest >> 62) & 0xFFF
    value = (milliseconds << 80) | (0x7 << 76) | (middle << 64) | (0b10 << 62) | low
    return DeliveryId(str(uuid.UUID(int=value)))
