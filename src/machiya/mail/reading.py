"""A stored message as a person reads it in a terminal: decoded headers, the text, the names of attachments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser
from html import unescape

from machiya.mail.header_text import decode_field, decode_text
from machiya.mail.headers import header_section

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*(?:\r?\n[ \t].*)*)", re.MULTILINE)
_SHOWN = ("Date", "From", "To", "Cc", "Reply-To", "Subject")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BLOCKS = {"p", "br", "div", "tr", "li", "h1", "h2", "h3"}
_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9]*|[!?])[^<>]*>")
_HIDDEN = re.compile(r"<(!--|script\b|style\b|head\b)", re.IGNORECASE)
_CLOSINGS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "head")}
_CLOSINGS["!--"] = re.compile("-->")


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
    name = _CONTROLS.sub("", _named(part))
    if name:
        return name
    disposition = part.get_content_disposition() == "attachment"
    text = part.get_content_maintype() in {"text", "multipart", "message"}
    return "attachment" if disposition or not text else ""


def _named(part: Message) -> str:
    """The standard library's ``get_filename`` fails where RFC 2231 names a charset that is none."""
    name = _parameter(part, "Content-Disposition", "filename") or _parameter(part, "Content-Type", "name")
    if isinstance(name, tuple):
        return decode_text(name[2].encode("raw-unicode-escape"), name[0])
    return decode_field(name.encode("utf-8", "surrogateescape")) if name else ""


def _parameter(part: Message, header: str, name: str) -> str | tuple[str | None, str | None, str] | None:
    """Read from the octets as they came: the library gives up on names that are not ASCII."""
    raw = next((value for key, value in part.raw_items() if key.lower() == header.lower()), "")
    alone = Message()
    alone[header] = decode_text(str(raw).encode("ascii", "surrogateescape")).replace("\r", "").replace("\n", "")
    return alone.get_param(name, None, header)


def _strip_tags(html: str) -> str:
    """In linear time, whatever a stranger wrote: the library's parser has none, and fails on odd declarations."""
    shown = _TAG.sub(lambda tag: "\n" if tag[1].lower() in _BLOCKS else "", "".join(_visible(html)))
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", unescape(shown)).strip()


def _visible(html: str) -> Iterator[str]:
    """What stands outside of comments, scripts, styles and the head."""
    end = 0
    for begin in _HIDDEN.finditer(html):
        if begin.start() >= end:
            yield html[end : begin.start()]
            closing = _CLOSINGS[begin[1].lower()].search(html, begin.end())
            end = closing.end() if closing else len(html)
    yield html[end:]
