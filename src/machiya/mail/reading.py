"""A stored message as a person reads it in a terminal: decoded headers, the text, the names of attachments."""

import re
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser
from html.parser import HTMLParser

from machiya.mail.header_text import decode_field, decode_text
from machiya.mail.headers import header_section

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*(?:\r?\n[ \t].*)*)", re.MULTILINE)
_SHOWN = ("Date", "From", "To", "Cc", "Reply-To", "Subject")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SKIPPED_TAGS = {"script", "style", "head"}


@dataclass(frozen=True, slots=True)
class ReadableMessage:
    """``headers`` in a fixed order, only those present; ``text`` has no control characters but line feeds and tabs."""

    headers: tuple[tuple[str, str], ...]
    text: str
    attachments: tuple[str, ...]


def read_headers(raw: bytes) -> dict[str, str]:
    """The first of each header field, lower-case name to decoded one-line text."""
    fields: dict[str, str] = {}
    for field in _FIELD.finditer(header_section(raw)):
        fields.setdefault(field[1].decode("ascii").lower(), decode_field(field[2]))
    return fields


def read_message(raw: bytes) -> ReadableMessage:
    """Decode for a terminal; never fails, and never lets a message move the cursor (control characters removed)."""
    fields = read_headers(raw)
    shown = tuple((name, fields[name.lower()]) for name in _SHOWN if name.lower() in fields)
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    return ReadableMessage(shown, _clean(_text(message)), tuple(_attachments(message)))


def _clean(text: str) -> str:
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()


def _text(message: Message) -> str:
    parts = [part for part in message.walk() if not part.is_multipart() and not _file_name(part)]
    for kind in ("text/plain", "text/html"):
        texts = [_decoded(part) for part in parts if part.get_content_type() == kind]
        if texts:
            text = "\n\n".join(texts)
            return _strip_tags(text) if kind == "text/html" else text
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return decode_text(payload, part.get_content_charset()) if isinstance(payload, bytes) else ""


def _attachments(message: Message) -> list[str]:
    names = []
    for part in message.walk():
        name = _file_name(part)
        if name and not part.is_multipart():
            payload = part.get_payload(decode=True)
            size = len(payload) if isinstance(payload, bytes) else 0
            names.append(f"{name} ({part.get_content_type()}, {size} bytes)")
    return names


def _file_name(part: Message) -> str:
    name = part.get_filename()
    if name:
        return _CONTROLS.sub("", decode_field(name.encode("utf-8", "surrogateescape")))
    disposition = part.get_content_disposition() == "attachment"
    text = part.get_content_maintype() in {"text", "multipart", "message"}
    return "attachment" if disposition or not text else ""


class _Tags(HTMLParser):
    """Collects the text between tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 – base class
        """Count what is not shown; break lines at blocks."""
        self._skipping += tag in _SKIPPED_TAGS
        if tag in {"p", "br", "div", "tr", "li", "h1", "h2", "h3"}:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not shown."""
        self._skipping -= tag in _SKIPPED_TAGS and self._skipping > 0

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if not self._skipping:
            self.pieces.append(data)


def _strip_tags(html: str) -> str:
    tags = _Tags()
    tags.feed(html)
    tags.close()
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", "".join(tags.pieces)).strip()
