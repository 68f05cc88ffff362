"""The door in memory, and an edge that signs; no sockets."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import httpx

from fakes.edge_book import FakeEdgeBook
from fakes.mail_room import MailRoom
from machiya.accounts.address_table import EdgeRecipients
from machiya.entrypoints.mail_api.app import door_app, private_app
from machiya.entrypoints.mail_api.byte_budget import ByteBudget
from machiya.entrypoints.mail_api.context import DoorContext
from machiya.entrypoints.mail_api.metrics import DoorMetrics
from machiya.mail.envelope import encode_envelope
from machiya.mail.model import InboundMessage
from machiya.mail.signature import NOTHING, SIGNATURE_HEADER, SignedRequest

KEY = "k1-secret"
NEXT_KEY = "k2-secret"
MESSAGE_BYTES = 64 * 1024
LINES = EdgeRecipients("0123456789abcdef0123456789abcdef a\n", '"abc"')


def signed_message(message: InboundMessage, timestamp: str) -> SignedRequest:
    """What an honest edge signs for ``message``."""
    return SignedRequest(
        method="PUT",
        path=f"/v1/inbound/{message.delivery_id}",
        timestamp=timestamp,
        md5=message.md5,
        size=str(len(message.content)),
        delivery_id=message.delivery_id,
        envelope=encode_envelope(message.envelope),
    )


@dataclass
class FakeDoor:
    """Both applications over a ``MailRoom``; ``changes`` replace parts of the context."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    room: MailRoom = field(default_factory=MailRoom)
    reasons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = FakeEdgeBook(self.room.ledger.data)
        context = DoorContext(
            signing_keys=[KEY, NEXT_KEY],
            clock=self.room.clock,
            ingest=self.room.ingest,
            edge_book=self.book,
            address_lines=lambda: LINES,
            ready=lambda: self.reasons,
            budget=ByteBudget(4 * MESSAGE_BYTES, wait_seconds=5),
            metrics=DoorMetrics(),
            message_bytes=MESSAGE_BYTES,
        )
        self.context = replace(context, **self.changes)
        self.street = httpx.AsyncClient(transport=self._transport(door_app(self.context)), base_url="http://door")

    @cached_property
    def inside(self) -> httpx.AsyncClient:
        """The private side; few tests look at it."""
        return httpx.AsyncClient(transport=self._transport(private_app(self.context)), base_url="http://in")

    @staticmethod
    def _transport(app: Any) -> httpx.ASGITransport:
        return httpx.ASGITransport(app=app, raise_app_exceptions=False)

    @property
    def timestamp(self) -> str:
        return str(int(self.room.clock.now().timestamp()))

    def sign(self, message: InboundMessage) -> SignedRequest:
        return signed_message(message, self.timestamp)

    async def put(self, message: InboundMessage, key: str = KEY, **send: Any) -> httpx.Response:
        """Offer ``message`` as the edge does; ``send`` replaces what goes over the wire (content, headers, url)."""
        signed = self.sign(message)
        values = {"url": signed.path, "content": bytes(message.content), "headers": signed.headers(key), **send}
        return await self.street.put(**values)

    def request(self, method: str, path: str, body: bytes = b"") -> SignedRequest:
        return SignedRequest(
            method, path, self.timestamp, hashlib.md5(body).hexdigest(), str(len(body)), NOTHING, NOTHING
        )

    async def recipients(self, key: str = KEY, **headers: str) -> httpx.Response:
        signed = self.request("GET", "/v1/recipients")
        return await self.street.get(signed.path, headers={**signed.headers(key), **headers})

    async def report(self, body: bytes, key: str = KEY) -> httpx.Response:
        signed = self.request("POST", "/v1/edge/report", body)
        return await self.street.post(signed.path, content=body, headers=signed.headers(key))


def without(headers: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


def with_signature(headers: Mapping[str, str], signature: str) -> dict[str, str]:
    return {**headers, SIGNATURE_HEADER: signature}


async def in_pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    """A body as a network brings it."""
    for start in range(0, len(body), size):
        yield body[start : start + size]
