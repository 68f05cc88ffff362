"""Replies of an LMTP server, parsed from whatever pieces the network delivers."""

import re
from dataclasses import dataclass

from machiya.adapters.dovecot.lmtp.faults import BadReply

LINE_OCTETS = 4096
REPLY_LINES = 128
UNREAD_OCTETS = 64 * 1024

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])([^\r\n]*))?")
_ENHANCED = re.compile(r"([245])\.\d{1,3}\.\d{1,3}(?= |$)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Reply:
    """``code``: three digits; ``enhanced``: RFC 3463 code or empty; ``lines``: the texts, without either code."""

    code: int
    enhanced: str
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        """Whether the command was done."""
        return self.code // 100 == 2  # noqa: PLR2004 – 2yz, RFC 5321 §4.2.1

    @property
    def temporary(self) -> bool:
        """Whether the same command may work later."""
        return self.code // 100 == 4  # noqa: PLR2004 – 4yz, RFC 5321 §4.2.1

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, *self.lines) if part)


class ReplyParser:
    """Feed it what arrives, take replies as they are complete.

    Source: RFC 5321 §4.2 (syntax; a line ending with LF alone is understood too), RFC 2034 (enhanced codes). A line
    may have 4 096 octets (512 in the RFC), a reply 128 lines, and 64 KiB may wait unread: more is no server.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lines: list[tuple[int, str]] = []

    def feed(self, data: bytes) -> None:
        """Add what arrived.

        Raises:
            BadReply: more is waiting than a server would send.
        """
        self._buffer += data
        if len(self._buffer) > UNREAD_OCTETS:
            raise BadReply("the server floods us with replies nobody asked for")

    @property
    def empty(self) -> bool:
        """Whether nothing is waiting, not even part of a reply."""
        return not self._buffer and not self._lines

    def take(self) -> Reply | None:
        """The next complete reply, or None if more must arrive.

        Raises:
            BadReply: what is waiting is no reply.
        """
        while (line := self._line()) is not None:
            found = _LINE.fullmatch(line)
            if not found:
                raise BadReply(f"not an LMTP reply: {line[:80]!r}")
            text = (found[3] or b"").decode("utf-8", "backslashreplace")
            self._add(int(found[1]), _CONTROLS.sub("?", text))
            if found[2] != b"-":
                return self._reply()
        return None

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, LINE_OCTETS)
        if end < 0:
            if len(self._buffer) >= LINE_OCTETS:
                raise BadReply(f"a reply line longer than {LINE_OCTETS} octets")
            return None
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _add(self, code: int, text: str) -> None:
        if self._lines and self._lines[0][0] != code:
            raise BadReply(f"a reply with two codes: {self._lines[0][0]} and {code}")
        self._lines.append((code, text))
        if len(self._lines) > REPLY_LINES:
            raise BadReply(f"a reply of more than {REPLY_LINES} lines")

    def _reply(self) -> Reply:
        code = self._lines[0][0]
        texts = [text for _, text in self._lines]
        self._lines = []
        found = _ENHANCED.match(texts[0])
        enhanced = found[0] if found and int(found[1]) == code // 100 else ""
        if enhanced:
            texts = [text.removeprefix(enhanced).removeprefix(" ") for text in texts]
        return Reply(code, enhanced, tuple(texts))
