"""The milter: Postfix tells each submission step by step, and we say whether its sender may send it."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import structlog

from machiya.core.errors import Unavailable
from machiya.entrypoints.mail_api.postfix.packets import (
    CONTINUE,
    NO_HEADER_REPLY,
    BadPacket,
    macros,
    negotiated,
    packet,
    read_packet,
    refusal,
    strings,
)
from machiya.mail.submission import Refusal, SubmissionRules

_log = structlog.get_logger()
_FROM = b"from"
_NO_ANSWER = b""
_LATER = Refusal("451", "4.3.0", "the house cannot check its addresses now; try again in a minute")
_UNKNOWN_LOGIN = Refusal("530", "5.7.0", "authentication required")


@dataclass
class _Session:
    """One connection: what the server skips, who logged in, and the ``From:`` lines of the message at hand."""

    skipped: int = 0
    login: str = ""
    sender: str = ""
    fields: list[tuple[str, bytes]] = field(default_factory=list)


async def serve_milter(rules: SubmissionRules, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection until it ends; a server that speaks something else is hung up on."""
    try:
        with contextlib.suppress(BadPacket, ConnectionError):
            await _talk(rules, reader, writer)
    finally:  # whatever happened: the server must not wait for an answer that never comes
        writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _talk(rules: SubmissionRules, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    session = _Session()
    while True:
        command, data = await read_packet(reader)
        if command in {b"", b"Q"}:
            break
        answer = _answer(rules, session, command, data)
        if answer:
            writer.write(answer)
            await writer.drain()


def _answer(rules: SubmissionRules, session: _Session, command: bytes, data: bytes) -> bytes:
    if command == b"O":
        answer, session.skipped = negotiated(data)
        return answer
    if command == b"D":
        session.login = macros(data).get("auth_authen", session.login)
        return _NO_ANSWER
    if command in {b"A", b"K"}:
        session.fields.clear()
        return _NO_ANSWER
    return _judged(rules, session, command, data)


def _judged(rules: SubmissionRules, session: _Session, command: bytes, data: bytes) -> bytes:
    if command == b"L":
        _take_header(session, data)
        return _NO_ANSWER if session.skipped & NO_HEADER_REPLY else packet(CONTINUE)
    try:
        refused = _ruling(rules, session, command, data)
    except Unavailable:
        refused = _LATER
    if refused is None:
        return packet(CONTINUE)
    _log.info("submission.refused", login=session.login, reply=str(refused))
    return refusal(str(refused))


def _take_header(session: _Session, data: bytes) -> None:
    name, _, value = data.partition(b"\0")
    if name.strip().lower() == _FROM:
        session.fields.append(("from", value.rstrip(b"\0")))


def _ruling(rules: SubmissionRules, session: _Session, command: bytes, data: bytes) -> Refusal | None:
    if command == b"M":
        session.fields.clear()
        if not session.login:
            return _UNKNOWN_LOGIN
        session.sender = strings(data)[0].decode("utf-8", "replace").strip("<>")
        return rules.sender(session.login, session.sender)
    if command == b"R":
        return rules.recipient(session.login)
    return rules.headers(session.login, session.fields) if command == b"N" else None
