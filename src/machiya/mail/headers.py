"""What the house reads from a message's header section; the body is never looked at."""

import re
from dataclasses import dataclass

from machiya.mail.header_text import decode_field

SECTION_BYTES = 256 * 1024

_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*(?:\r?\n[ \t].*)*)", re.MULTILINE)
# What every stored copy bears, and what Postfix makes of it when a copy is sent on.
_PASSES = (b"x-machiya-delivery", b"x-machiya-passed")


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """Texts for the trace (decoded, one line each, empty if absent) and the two counts of the loop guard."""

    message_id: str = ""
    subject: str = ""
    sender: str = ""
    hops: int = 0
    passes: int = 0


def header_section(content: bytes | bytearray | memoryview) -> bytes:
    """The bytes up to the first empty line, at most 256 KiB of them."""
    head = bytes(content[:SECTION_BYTES])
    if head.startswith((b"\r\n", b"\n")):
        return b""
    end = _END.search(head)
    return head[: end.start()] if end else head


def first_field(content: bytes | bytearray | memoryview, name: bytes) -> bytes:
    """The raw body, still folded, of the topmost field called ``name`` (lower case); empty if there is none."""
    fields = _FIELD.finditer(header_section(content))
    return next((field[2] for field in fields if field[1].lower() == name), b"")


def read_facts(content: bytes | bytearray | memoryview) -> HeaderFacts:
    """Read the header section of a raw message; never fails."""
    first: dict[bytes, bytes] = {}
    hops = passes = 0
    for field in _FIELD.finditer(header_section(content)):
        name = field[1].lower()
        hops += name == b"received"
        passes += name in _PASSES
        first.setdefault(name, field[2])
    return HeaderFacts(
        message_id=decode_field(first.get(b"message-id", b"")).strip("<>"),
        subject=decode_field(first.get(b"subject", b"")),
        sender=decode_field(first.get(b"from", b"")),
        hops=hops,
        passes=passes,
    )
