"""The milter protocol as bytes: what a mail server sends, and the few answers we give.

Source: sendmail's libmilter/mfdef.h, and Postfix's MILTER_README (protocol 6).
"""

import asyncio
import struct
from collections.abc import Sequence

PACKET_BYTES = 1024 * 1024
VERSION = 6

NO_CONNECT, NO_HELO, NO_BODY = 0x01, 0x02, 0x10
NO_UNKNOWN, NO_DATA, NO_HEADER_REPLY = 0x100, 0x200, 0x80
WANTED = NO_CONNECT | NO_HELO | NO_BODY | NO_UNKNOWN | NO_DATA | NO_HEADER_REPLY

ADD_HEADERS, CHANGE_HEADERS = 0x01, 0x10
CHANGES = ADD_HEADERS | CHANGE_HEADERS

CONTINUE = b"c"
_NEGOTIATION = struct.Struct("!III")
_LENGTH = _NUMBER = struct.Struct("!I")


class BadPacket(Exception):
    """Not the milter protocol; the connection is closed."""


async def read_packet(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Command and data of the next packet; an empty command at the end of the connection."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if not 0 < length <= PACKET_BYTES:
            raise BadPacket(f"a packet of {length} bytes")
        packet = await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return b"", b""
    return packet[:1], packet[1:]


def packet(command: bytes, data: bytes = b"") -> bytes:
    """One answer, framed."""
    return _LENGTH.pack(1 + len(data)) + command + data


def negotiated(offer: bytes) -> tuple[bytes, int]:
    """Our answer to the offer, and which steps the server leaves out."""
    if len(offer) < _NEGOTIATION.size:
        raise BadPacket("a short offer")
    version, actions, steps = _NEGOTIATION.unpack_from(offer)
    chosen = WANTED & steps
    return packet(b"O", _NEGOTIATION.pack(min(version, VERSION), CHANGES & actions, chosen)), chosen


def strings(data: bytes) -> list[bytes]:
    """NUL-terminated strings."""
    return data.split(b"\0")[:-1] if data.endswith(b"\0") else data.split(b"\0")


def macros(data: bytes) -> dict[str, str]:
    """The macros that come before a command: ``{auth_authen}`` and its kind, without braces."""
    words: Sequence[str] = [word.decode("utf-8", "replace") for word in strings(data[1:])]
    return {name.strip("{}"): value for name, value in zip(words[::2], words[1::2], strict=False)}


def header_change(name: str, number: int, value: bytes) -> bytes:
    """Give the field ``name``, the ``number``-th of them from 1 on, another value; an empty one removes it."""
    return packet(b"m", _NUMBER.pack(number) + name.encode("ascii") + b"\0" + value + b"\0")


def header_addition(name: str, value: bytes) -> bytes:
    """One more field at the end of the header."""
    return packet(b"h", name.encode("ascii") + b"\0" + value + b"\0")


def refusal(reply: str) -> bytes:
    """An SMTP reply of our own; a percent sign would be a format to the server."""
    return packet(b"y", reply.replace("%", "%%").encode("ascii", "replace") + b"\0")
