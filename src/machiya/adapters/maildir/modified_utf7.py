"""Folder names as IMAP servers write them on disk."""

import base64
import binascii
import re

_FOREIGN = re.compile(r"[^ -~]+")
_SHIFTED = re.compile(r"&([^-]*)-")


def decode_modified_utf7(name: str) -> str:
    """``&MMYwuTDI-`` → ``テスト``; a name that is not valid modified UTF-7 comes back as it is.

    Source: RFC 3501 §5.1.3.
    """
    try:
        return _SHIFTED.sub(lambda found: _decode(found[1]), name)
    except (binascii.Error, UnicodeDecodeError, UnicodeEncodeError):
        return name


def encode_modified_utf7(name: str) -> str:
    """``テスト`` → ``&MMYwuTDI-``; source as above."""
    return _FOREIGN.sub(lambda found: _encode(found[0]), name.replace("&", "&-"))


def _encode(text: str) -> str:
    shifted = base64.b64encode(text.encode("utf-16-be")).decode("ascii")
    return f"&{shifted.rstrip('=').replace('/', ',')}-"


def _decode(shifted: str) -> str:
    if not shifted:
        return "&"
    padded = shifted.replace(",", "/") + "=" * (-len(shifted) % 4)
    return base64.b64decode(padded.encode("ascii"), validate=True).decode("utf-16-be")
