"""A ``Scanner`` that asks rspamd, and does not believe it before it has found the test virus."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
import structlog

from machiya.adapters.rspamd.eicar import eicar_message
from machiya.adapters.rspamd.judgement import Answer, judge, read_answer, unavailable
from machiya.mail.client_address import client_of
from machiya.mail.model import InboundMessage, Verdict
from machiya.mail.ports import ScannerUnavailable

ANSWER_BYTES = 4 * 1024 * 1024
PROOF_SECONDS = 300.0
_log = structlog.get_logger()
_PATH = "/checkv2"
_CHUNK_BYTES = 256 * 1024

Octets = bytes | bytearray | memoryview


class RspamdScanner:
    """Rspamd's normal worker over HTTP.

    Rspamd drops its antivirus rule without a word when the rule cannot be set up, and then finds no virus for ever. So
    the test virus is sent before the first message, every five minutes, and after every failure; as long as it is not
    found, no message is judged.

    Args:
        url: ``http://10.77.1.12:11333``.
        timeout_seconds: how long one answer may take, connecting included.
        connections: how many messages are scanned at the same time; more wait.
        antivirus: whether viruses must be looked for.
        hostname: the house's name, for the self-test.
        transport: for tests.
        monotonic: seconds, for the age of the proof.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float,
        connections: int,
        antivirus: bool,
        hostname: str,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._timeout_seconds = timeout_seconds
        self._antivirus = antivirus
        self._hostname = hostname
        self._monotonic = monotonic
        self._proven_at: float | None = None
        self._proving = asyncio.Lock()
        self._turn = asyncio.Semaphore(connections)
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=timeout_seconds,
            limits=httpx.Limits(max_connections=connections + 1, max_keepalive_connections=connections),
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    async def scan(self, message: InboundMessage) -> Verdict:
        """Judge.

        Raises:
            ScannerUnavailable: rspamd or clamd did not answer, or do not find the test virus.
        """
        async with self._turn:
            try:
                await self.prove()
                answer = await self._ask(message.content, _headers(message))
                return judge(answer, antivirus=self._antivirus)
            except ScannerUnavailable as error:
                self._proven_at = None
                _log.warning("scanner.unavailable", delivery_id=message.delivery_id, reason=error.message)
                raise

    async def prove(self) -> None:
        """See that the test virus is found, unless that was seen within five minutes.

        Raises:
            ScannerUnavailable: it was not found.
        """
        if self._proven():
            return
        async with self._proving:
            if not self._proven():
                await self.self_test()
                self._proven_at = self._monotonic()

    async def self_test(self) -> None:
        """Send the test virus now; where viruses are not looked for, any judgement will do.

        Raises:
            ScannerUnavailable: rspamd does not answer, or does not find it.
        """
        answer = await self._ask(eicar_message(self._hostname), {b"Queue-Id": b"self-test"})
        judge(answer, antivirus=self._antivirus)
        if self._antivirus and not answer.viruses:
            raise unavailable("rspamd does not find the test virus: its antivirus rule or clamd's database is missing")

    async def close(self) -> None:
        """Give back connections; no error."""
        await self._client.aclose()

    def _proven(self) -> bool:
        return self._proven_at is not None and self._monotonic() - self._proven_at < PROOF_SECONDS

    async def _ask(self, content: Octets, headers: Mapping[bytes, bytes]) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                body = await self._post_twice(content, headers)
        except TimeoutError as error:
            raise unavailable(f"rspamd did not answer within {self._timeout_seconds:g} s") from error
        except httpx.HTTPError as error:
            raise unavailable(f"rspamd at {self._url}: {str(error) or type(error).__name__}") from error
        try:
            document: Any = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise unavailable("rspamd's answer is no JSON") from error
        return read_answer(document)

    async def _post_twice(self, content: Octets, headers: Mapping[bytes, bytes]) -> bytes:
        """A kept connection may have been closed at the other end; scanning twice harms nobody."""
        try:
            return await self._post(content, headers)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            return await self._post(content, headers)

    async def _post(self, content: Octets, headers: Mapping[bytes, bytes]) -> bytes:
        body = bytearray()
        sized = {**headers, b"Content-Length": str(len(content)).encode("ascii")}
        async with self._client.stream("POST", _PATH, content=_chunks(content), headers=sized) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES:
                    raise unavailable("rspamd's answer has no end")
        if response.status_code != httpx.codes.OK:
            raise unavailable(f"rspamd answered {response.status_code}: {bytes(body[:200]).decode('utf-8', 'replace')}")
        return bytes(body)


async def _chunks(content: Octets) -> AsyncIterator[bytes]:
    """Without a second copy of the whole message."""
    view = memoryview(content)
    for start in range(0, len(view), _CHUNK_BYTES):
        yield bytes(view[start : start + _CHUNK_BYTES])


def _headers(message: InboundMessage) -> dict[bytes, bytes]:
    """What rspamd is told besides the message. The client is named only where Cloudflare named it."""
    envelope, client = message.envelope, client_of(message.content)
    facts = {
        b"Queue-Id": message.delivery_id,
        b"From": envelope.sender,
        b"Rcpt": envelope.recipient,
        b"IP": client.address if client else "",
        b"Helo": client.helo if client else "",
    }
    return {name: value for name, text in facts.items() if (value := _value(text))}


def _value(text: str) -> bytes:
    """Nothing that could end a header line."""
    return "".join(character for character in text if character.isprintable())[:1000].strip().encode()
