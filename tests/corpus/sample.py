"""What a corpus message is, and the few words it is built with."""

from collections.abc import Callable
from dataclasses import dataclass

CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """A message: ``name`` is usable as a file name, ``note`` says what is special about it."""

    name: str
    note: str
    make: Callable[[], bytes]

    @property
    def content(self) -> bytes:
        """The bytes as a sender would hand them to the edge; made anew each time, always the same."""
        return self.make()


def fixed(name: str, note: str, content: bytes) -> Sample:
    """A sample whose bytes are at hand."""
    return Sample(name, note, lambda: content)


def lines(*parts: bytes | str) -> bytes:
    """Each part as UTF-8, each ended with CRLF."""
    return b"".join((part.encode() if isinstance(part, str) else part) + CRLF for part in parts)


def message(body: bytes, *headers: bytes | str, subject: bytes | str = "A message of the corpus") -> bytes:
    """A plain header section with ``headers`` added, an empty line, ``body`` as it is."""
    text = subject.encode() if isinstance(subject, str) else subject
    common = lines(
        "Date: Mon, 23 Nov 2026 10:00:00 +0900",
        "From: Hanako <hanako@street.example>",
        "To: taro@home.test",
        "Message-ID: <corpus@street.example>",
        b"Subject: " + text,
    )
    return common + lines(*headers) + CRLF + body


def multipart(kind: str, boundary: str, *parts: bytes, preamble: bytes = b"", end: bool = True) -> bytes:
    """A message of ``parts``, each with its own header section."""
    edge = f"--{boundary}".encode()
    body = preamble + b"".join(edge + CRLF + part + CRLF for part in parts) + (edge + b"--" + CRLF if end else b"")
    return message(body, "MIME-Version: 1.0", f'Content-Type: {kind}; boundary="{boundary}"')


def part(content_type: str, body: bytes, *headers: str) -> bytes:
    """One part of a multipart."""
    return lines(f"Content-Type: {content_type}", *headers) + CRLF + body
