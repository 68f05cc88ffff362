"""The file name of a message that comes back: a new one, so that a mail server gives it a new UID."""

import re

from machiya.adapters.maildir.layout import named_size

_EARLIER = re.compile(r"\.r[0-9a-f]{16}$")
_LONGEST = 200


def restored_name(base: bytes, size: int, token: str) -> bytes:
    """What ``base`` (without flags) names stays, the delivery above all; ``token`` (16 hex digits) makes it new.

    Dovecot remembers names: one that it has seen go and come again is a puzzle for it. Sizes (``S=``, ``W=``) are kept
    where they are right.
    """
    name = base.decode("utf-8", "surrogateescape").replace(":", "_")
    unique, comma, sizes = name.partition(",")
    unique = _EARLIER.sub("", unique)[:_LONGEST]
    right = named_size(name) == size
    return f"{unique}.r{token}{comma + sizes if right else f',S={size}'}".encode("utf-8", "surrogateescape")
