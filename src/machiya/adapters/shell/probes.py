"""Is it ready? Asked over the network as a user of the part would."""

import asyncio
import contextlib
import ssl

PROBE_SECONDS = 2.0
_ANSWER_BYTES = 512


async def http_ok(host: str, port: int, path: str, *, tls: bool = False) -> bool:
    """Whether ``GET path`` is answered with 200. Whose certificate it is, is another question."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii")
    context = _any_certificate() if tls else None
    status_line = (await _ask(host, port, request, tls=context)).split(b"\r\n", 1)[0].split(b" ")
    return status_line[0].startswith(b"HTTP/") and status_line[1:2] == [b"200"]


async def smtp_banner(host: str, port: int) -> bool:
    """Whether an SMTP server greets."""
    return (await _ask(host, port, b"", goodbye=b"QUIT\r\n")).startswith(b"220 ")


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _ask(
    host: str, port: int, request: bytes, *, goodbye: bytes = b"", tls: ssl.SSLContext | None = None
) -> bytes:
    """The first bytes of the answer; empty if there is none in time."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(_reachable(host), port, ssl=tls)
            try:
                writer.write(request)
                answer = await reader.read(_ANSWER_BYTES)
                writer.write(goodbye)
                return answer
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return b""


def _reachable(host: str) -> str:
    """Where to call a part that listens on every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 – compared, not listened on
