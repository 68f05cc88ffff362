import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from machiya.adapters.sendgrid.webhook import SendGridWebhook
from machiya.core.errors import ConfigurationError, InvalidInput
from machiya.mail.outgoing import RelayEventKind

KEY = generate_private_key(SECP256R1())
BODY = b'[{"event":"bounce"}]\r\n'


def public(key: object = KEY) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return base64.b64encode(der).decode()


def sign(timestamp: str, body: bytes) -> str:
    return base64.b64encode(KEY.sign(timestamp.encode() + body, ECDSA(SHA256()))).decode()


def test_verify_takes_exactly_what_was_signed() -> None:
    webhook, signature = SendGridWebhook(public()), sign("1764367200", BODY)
    assert webhook.verify("1764367200", BODY, signature)
    assert not webhook.verify("1764367201", BODY, signature)
    assert not webhook.verify("1764367200", BODY.strip(), signature)
    assert not webhook.verify("1764367200", BODY, sign("1764367200", b"[]"))


@pytest.mark.parametrize("signature", ["", "!", "AAAA", "改", base64.b64encode(b"0" * 70).decode()])
def test_verify_refuses_what_is_no_signature(signature: str) -> None:
    assert not SendGridWebhook(public()).verify("1764367200", BODY, signature)


@pytest.mark.parametrize("key", ["x", "AAAA", public(Ed25519PrivateKey.generate())], ids=["text", "short", "ed25519"])
def test_another_key_is_a_mistake_of_the_configuration(key: str) -> None:
    with pytest.raises(ConfigurationError, match="events_public_key"):
        SendGridWebhook(key)


def test_read_knows_the_events_of_delivery() -> None:
    posted = [
        {"email": "x@example.org", "timestamp": 1764367200, "smtp-id": "<m1@home.test>", "event": "bounce",
         "type": "bounce", "sg_event_id": "e1", "reason": "550 5.1.1\n no such user", "status": "5.1.1"},
        {"email": "x@example.org", "timestamp": 1764367201, "smtp-id": "<m1@home.test>", "event": "delivered",
         "sg_event_id": "e2", "response": "250 OK"},
        {"email": "x@example.org", "timestamp": 1764367202, "event": "open", "sg_event_id": "e3"},
        {"event": "dropped", "timestamp": 10**400},
        {"event": ["bounce"]},
        "no event",
    ]  # fmt: skip
    bounce, delivered, dropped = SendGridWebhook(public()).read(json.dumps(posted).encode())
    assert (bounce.kind, bounce.message_id, bounce.status) == (RelayEventKind.BOUNCED, "m1@home.test", "5.1.1")
    assert (bounce.reason, bounce.at) == ("550 5.1.1 no such user", datetime.fromtimestamp(1764367200, tz=UTC))
    assert (delivered.kind, delivered.reason) == (RelayEventKind.DELIVERED, "250 OK")
    assert (dropped.kind, dropped.recipient, len(dropped.event_id)) == (RelayEventKind.DROPPED, "", 64)


@pytest.mark.parametrize("odd", [-1, 1e99, "soon", None, float("nan"), True])
def test_read_survives_odd_times(odd: object) -> None:
    body = json.dumps([{"event": "dropped", "timestamp": odd}]).encode()
    assert len(SendGridWebhook(public()).read(body)) == 1


@pytest.mark.parametrize("body", [b"", b"{", b'{"event":"bounce"}', b"[" * 100_000, b"\xff"])
def test_read_refuses_what_is_no_list_of_events(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        SendGridWebhook(public()).read(body)
