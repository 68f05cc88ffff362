"""Three ways into a house, each handing over exact bytes for one recipient."""

import asyncio
import re

import httpx

from e2e.processes import Whole
from integration.door_process import signed_put

SENDER = "stranger@street.example"


def _stuffed(content: bytes) -> bytes:
    """RFC 5321 §4.5.2: only a dot after CRLF (or at the very beginning) begins a line."""
    return re.sub(rb"(\A|\r\n)\.", rb"\1..", content)


async def _reply(reader: asyncio.StreamReader, expected: bytes) -> None:
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    assert line.startswith(expected), line


async def over_smtp(port: int, recipient: str, content: bytes) -> bytes:
    """Through the front door; what SMTP made of it: DATA can only carry a message that ends with CRLF."""
    carried = content if content.endswith(b"\r\n") else content + b"\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _reply(reader, b"220")
    for command, expected in (
        (b"EHLO street.example", b"250"),
        (f"MAIL FROM:<{SENDER}> BODY=8BITMIME".encode(), b"250"),
        (f"RCPT TO:<{recipient}>".encode(), b"250"),
        (b"DATA", b"354"),
    ):
        writer.write(command + b"\r\n")
        await _reply(reader, expected)
    writer.write(_stuffed(carried) + b".\r\n")
    await _reply(reader, b"250")
    writer.write(b"QUIT\r\n")
    await _reply(reader, b"221")
    writer.close()
    return carried


async def over_worker(client: httpx.AsyncClient, whole: Whole, recipient: str, content: bytes) -> bytes:
    """Through the Worker's ``email()``; it is held in R2 until a sweep."""
    url = f"http://127.0.0.1:{whole.worker_port}/email"
    answer = await client.post(url, params={"from": SENDER, "to": recipient}, content=content)
    assert answer.json()["outcome"] == "accepted", answer.text
    return content


async def over_api(client: httpx.AsyncClient, whole: Whole, key: str, recipient: str, content: bytes) -> bytes:
    """As an honest edge would, straight to the door."""
    signed = signed_put(content, recipient=recipient)
    url = f"http://127.0.0.1:{whole.door_port}{signed.path}"
    answer = await client.put(url, content=content, headers=signed.headers(key))
    assert answer.status_code == 201, answer.text
    return content
