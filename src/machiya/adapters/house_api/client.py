"""The signed calls of the edge protocol over httpx (docs/format/edge-protocol.md)."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any, BinaryIO

import httpx

from machiya.core.clock import Clock
from machiya.mail.envelope import encode_envelope
from machiya.mail.held import HeldMessage, HouseAnswer
from machiya.mail.signature import EMPTY_MD5, TAKEN_HEADER, SignedRequest, taken_proof

CHUNK_BYTES = 256 * 1024
_SILENT = (httpx.TransportError, httpx.InvalidURL)


class HouseApi:
    """``base_url`` like ``http://127.0.0.1:8025``; ``key`` the signing key.

    ``answer_seconds`` bounds each whole call; ``connect_seconds`` the connection alone. ``hostname`` is the name under
    which the house is called, where that is not the address (a tunnel knows its houses by name). ``transport`` is for
    tests.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        clock: Clock,
        *,
        connect_seconds: float = 5.0,
        answer_seconds: float = 90.0,
        connections: int = 20,
        hostname: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._key, self._clock, self._answer_seconds = key, clock, answer_seconds
        # trust_env: a proxy of this machine's environment has no business between the two halves of a house.
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"Host": hostname} if hostname else None,
            timeout=httpx.Timeout(answer_seconds, connect=connect_seconds),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    async def offer(self, message: HeldMessage, body: BinaryIO) -> HouseAnswer:
        """``PUT /v1/inbound/{delivery_id}``, the body streamed from ``body`` with its Content-Length."""
        size = str(message.envelope.size_bytes)
        signed = SignedRequest(
            method="PUT",
            path=f"/v1/inbound/{message.delivery_id}",
            timestamp=self._timestamp(),
            md5=message.md5,
            size=size,
            delivery_id=message.delivery_id,
            envelope=encode_envelope(message.envelope),
        )
        proof = taken_proof(self._key, message.delivery_id, message.md5)
        return await self._call(signed, {"Content-Length": size}, _chunks(body), proof)

    async def recipients(self, etag: str) -> HouseAnswer:
        """``GET /v1/recipients``; empty ``etag``: unconditionally."""
        signed = SignedRequest("GET", "/v1/recipients", self._timestamp(), EMPTY_MD5, "0")
        return await self._call(signed, {"If-None-Match": etag} if etag else {})

    async def report(self, document: bytes) -> HouseAnswer:
        """``POST /v1/edge/report``."""
        md5 = hashlib.md5(document, usedforsecurity=False).hexdigest()
        signed = SignedRequest("POST", "/v1/edge/report", self._timestamp(), md5, str(len(document)))
        return await self._call(signed, {"Content-Type": "application/json"}, document)

    async def close(self) -> None:
        """Give back connections; no error."""
        await self._client.aclose()

    def _timestamp(self) -> str:
        return str(int(self._clock.now().timestamp()))

    async def _call(
        self,
        signed: SignedRequest,
        extra: dict[str, str],
        content: bytes | AsyncIterator[bytes] | None = None,
        proof: str | None = None,
    ) -> HouseAnswer:
        headers = signed.headers(self._key) | extra
        try:
            async with asyncio.timeout(self._answer_seconds):
                response = await self._client.request(signed.method, signed.path, headers=headers, content=content)
        except TimeoutError:
            return HouseAnswer(None, detail=f"no answer within {self._answer_seconds:g} s")
        except _SILENT as error:
            return HouseAnswer(None, detail=f"{type(error).__name__}: {error}".rstrip(": "))
        return _answer(response, proof)


def _answer(response: httpx.Response, proof: str | None) -> HouseAnswer:
    code, detail = _problem(response) if response.is_error else ("", "")
    return HouseAnswer(
        response.status_code,
        code,
        detail,
        body=response.content,
        etag=response.headers.get("ETag", ""),
        proven=proof is not None and response.headers.get(TAKEN_HEADER) == proof,
    )


def _problem(response: httpx.Response) -> tuple[str, str]:
    """``code`` and ``detail`` of problem+json; a proxy's page has neither."""
    try:
        data: Any = json.loads(response.content)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(data, dict):
        return "", ""
    return str(data.get("code", ""))[:100], str(data.get("detail", ""))[:500]


async def _chunks(body: BinaryIO) -> AsyncIterator[bytes]:
    # Read without a thread: these are page-cache reads of a file this process wrote, shorter than a thread switch.
    while chunk := body.read(CHUNK_BYTES):
        yield chunk
