r"""A message as DATA can carry it.

DATA ends at CRLF ``.`` CRLF, but some servers also end it at LF ``.`` LF or CR ``.`` CR ("SMTP smuggling"): what
follows would be read as commands. So every dot that follows a CR or an LF, or starts the message, is doubled, not only
those after CRLF. What DATA cannot carry exactly:

- a dot after a bare CR or bare LF: a strict server keeps the second dot (one octet more, never a command);
- a message that does not end with CRLF: it gets one.

BDAT (RFC 3030) carries every octet, so DATA is used only where the server does not offer CHUNKING; Dovecot does.
"""

import re

_LINE_START_DOT = re.compile(rb"(?<=[\r\n])\.")
_INEXACT = re.compile(rb"(?<!\r)\n\.|\r\.")

Octets = bytes | bytearray | memoryview


class DotStuffer:
    """Takes a message in pieces; ``finish`` ends it. Source: RFC 5321 §4.5.2."""

    def __init__(self) -> None:
        self._tail = b"\r\n"

    def feed(self, part: Octets) -> bytes:
        """The piece with its dots doubled."""
        piece = bytes(part)
        if not piece:
            return b""
        opening = b"." if piece.startswith(b".") and self._tail[-1:] in b"\r\n" else b""
        self._tail = (self._tail + piece[-2:])[-2:]
        return opening + _LINE_START_DOT.sub(b"..", piece)

    def finish(self) -> bytes:
        """The end of the data, on a line of its own."""
        return b".\r\n" if self._tail == b"\r\n" else b"\r\n.\r\n"


def is_exact(content: Octets) -> bool:
    """Whether a strict server stores exactly ``content`` when it comes over DATA."""
    return bytes(content[-2:]) in (b"", b"\r\n") and not _INEXACT.search(content)
