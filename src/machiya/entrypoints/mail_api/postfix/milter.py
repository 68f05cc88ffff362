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
    header_addition,
    header_change,
    macros,
    negotiated,
    packet,
    read_packet,
    refusal,
    strings,
)
from machiya.mail.redirected import READ, HeaderChanges, RedirectRules
from machiya.mail.submission import Refusal, SubmissionRules

_log = structlog.get_logger()
REDIRECTING = "redirect"
"""What Postfix calls itself (``milter_macro_daemon_name``) where Dovecot hands in what mailboxes send on."""
_NO_ANSWER = b""
_LATER = Refusal("451", "4.3.0", "the house cannot check its addresses now; try again in a minute")
_UNKNOWN_LOGIN = Refusal("530", "5.7.0", "authentication required")


@dataclass
class _Session:
    """One connection: what the server skips, who logged in where, and what is read of the message at hand."""

    skipped: int = 0
    daemon: str = ""
    login: str = ""
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    changes: HeaderChanges | None = None
    fields: list[tuple[str, bytes]] = field(default_factory=list)

    def clear(self) -> None:
        """Another message begins."""
        self.fields.clear()
        self.recipients.clear()
        self.changes = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked about a message of a mail program, and about one that Dovecot sends on."""

    submission: SubmissionRules
    redirect: RedirectRules


async def serve_milter(rules: Rules, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection until it ends; a server that speaks something else is hung up on."""
    try:
        with contextlib.suppress(BadPacket, ConnectionError):
            await _talk(rules, reader, writer)
    finally:  # whatever happened: the server must not wait for an answer that never comes
        writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _talk(rules: Rules, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    session = _Session()
    while True:
        command, data = await read_packet(reader)
        if command in {b"", b"Q"}:
            break
        answer = _answer(rules, session, command, data)
        if answer:
            writer.write(answer)
            await writer.drain()


def _answer(rules: Rules, session: _Session, command: bytes, data: bytes) -> bytes:
    if command == b"O":
        answer, session.skipped = negotiated(data)
        return answer
    if command == b"D":
        found = macros(data)
        session.login = found.get("auth_authen", session.login)
        session.daemon = found.get("daemon_name", session.daemon)
        return _NO_ANSWER
    if command in {b"A", b"K"}:
        session.clear()
        return _NO_ANSWER
    return _judged(rules, session, command, data)


def _judged(rules: Rules, session: _Session, command: bytes, data: bytes) -> bytes:
    if command == b"L":
        _take_header(session, data)
        return _NO_ANSWER if session.skipped & NO_HEADER_REPLY else packet(CONTINUE)
    try:
        redirecting = session.daemon == REDIRECTING
        refused = (_redirect if redirecting else _submission)(rules, session, command, data)
    except Unavailable:
        refused = _LATER
    if refused is None:
        changes = _packets(session.changes) if command == b"E" and session.changes else b""
        return changes + packet(CONTINUE)
    _log.info("submission.refused", login=session.login, reply=str(refused))
    return refusal(str(refused))


def _take_header(session: _Session, data: bytes) -> None:
    name, _, value = data.partition(b"\0")
    known = name.strip().lower().decode("ascii", "replace")
    if known in READ:
        session.fields.append((known, value.rstrip(b"\0")))


def _redirect(rules: Rules, session: _Session, command: bytes, data: bytes) -> Refusal | None:
    if command == b"M":
        session.clear()
        session.sender = _path(data)
    elif command == b"R":
        session.recipients.append(_path(data))
    elif command == b"N":
        found = rules.redirect.changes(session.sender, session.recipients, session.fields)
        if isinstance(found, Refusal):
            return found
        session.changes = found
    return None


def _packets(changes: HeaderChanges) -> bytes:
    """From the last on, so that the numbers of the others stay; a field beyond the last is added."""
    gone = [header_change("From", number, b"") for number in range(changes.from_count, 1, -1)]
    added = [header_addition(name, value) for name, value in changes.added]
    return b"".join((*gone, header_change("From", 1, changes.author), *added))


def _path(data: bytes) -> str:
    return strings(data)[0].decode("utf-8", "replace").strip("<>")


def _submission(rules: Rules, session: _Session, command: bytes, data: bytes) -> Refusal | None:
    if command == b"M":
        session.clear()
        if not session.login:
            return _UNKNOWN_LOGIN
        session.sender = _path(data)
        return rules.submission.sender(session.login, session.sender)
    if command == b"R":
        return rules.submission.recipient(session.login)
    return rules.submission.headers(session.login, session.fields) if command == b"N" else None
