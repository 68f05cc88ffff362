"""The JSON beside each body: envelope, checksum, and for the dead when and why."""

import base64
import json
from datetime import datetime
from typing import Any

from machiya.core.clock import from_wire, to_wire
from machiya.core.errors import InvalidInput
from machiya.core.identifiers import DeliveryId
from machiya.mail.envelope import decode_envelope, encode_envelope
from machiya.mail.held import DeadMessage, HeldMessage, HoldDamaged
from machiya.mail.model import Envelope

METADATA_VERSION = 1
METADATA_BYTES = 64 * 1024


def held_document(message: HeldMessage) -> bytes:
    """The metadata of a held message as UTF-8 JSON."""
    return _encode(_held_data(message))


def dead_document(message: DeadMessage) -> bytes:
    """The metadata of a dead message as UTF-8 JSON."""
    extra = {"died_at": to_wire(message.died_at), "reason": message.reason}
    return _encode(_held_data(message.held) | extra)


def read_held(delivery_id: DeliveryId, document: bytes) -> HeldMessage:
    """Read what ``held_document`` wrote.

    Raises:
        HoldDamaged: it is something else.
    """
    return _read_held(delivery_id, _decode(delivery_id, document))


def read_dead(delivery_id: DeliveryId, document: bytes) -> DeadMessage:
    """Read what ``dead_document`` wrote.

    Raises:
        HoldDamaged: it is something else.
    """
    data = _decode(delivery_id, document)
    try:
        return DeadMessage(_read_held(delivery_id, data), from_wire(data["died_at"]), str(data["reason"]))
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(delivery_id) from error


def damaged(delivery_id: DeliveryId, why: str = "its metadata cannot be read") -> HoldDamaged:
    """The error for a message that is there and not as it was written."""
    return HoldDamaged(f"{delivery_id}: {why}", hint="Restore or remove its two files in the hold folder.")


def _held_data(message: HeldMessage) -> dict[str, Any]:
    data: dict[str, Any] = {"v": METADATA_VERSION, "envelope": _envelope_data(message.envelope), "md5": message.md5}
    return data | ({"retried_at": to_wire(message.retried_at)} if message.retried_at else {})


def _envelope_data(envelope: Envelope) -> Any:
    text = encode_envelope(envelope)
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _encode(data: dict[str, Any]) -> bytes:
    return json.dumps(data).encode("ascii") + b"\n"


def _decode(delivery_id: DeliveryId, document: bytes) -> dict[str, Any]:
    try:
        data = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise damaged(delivery_id) from error
    if not isinstance(data, dict) or data.get("v") != METADATA_VERSION:
        raise damaged(delivery_id)
    return data


def _read_held(delivery_id: DeliveryId, data: dict[str, Any]) -> HeldMessage:
    try:
        packed = base64.urlsafe_b64encode(json.dumps(data["envelope"]).encode("ascii")).rstrip(b"=").decode("ascii")
        return HeldMessage(delivery_id, decode_envelope(packed), str(data["md5"]), _moment(data.get("retried_at")))
    except (InvalidInput, KeyError, TypeError, ValueError) as error:
        raise damaged(delivery_id) from error


def _moment(text: str | None) -> datetime | None:
    return from_wire(text) if text is not None else None
