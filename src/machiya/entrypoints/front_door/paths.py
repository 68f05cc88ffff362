"""Reading ``<path>`` of MAIL and RCPT: the address exactly as sent, without brackets or source route."""

import re
from typing import NamedTuple

PATH_OCTETS = 512
NULL_SENDER = "<>"

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_BRACKETED = re.compile(rf'<(?:@[^:<>"]*:)?(?P<path>(?:{_QUOTED}|[^<>"\s])*)>(?P<rest>\s.*)?', re.DOTALL)
_BARE = re.compile(rf'(?P<path>(?:{_QUOTED}|[^<>"\s])+)(?P<rest>\s.*)?', re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Path(NamedTuple):
    """An address (``<>`` for the null sender) and the parameters behind it."""

    address: str
    parameters: str


def parse_path(argument: str) -> Path | None:
    """What follows ``FROM:`` or ``TO:``; None if it is not a path that an envelope can carry.

    aiosmtpd's own parser reads header syntax: it rewrites quoted local parts and drops comments, and an envelope must
    stay as it was sent. A source route is accepted and ignored.
    Source: RFC 5321 §4.1.1.2, §4.1.2; appendix C.
    """
    found = _BRACKETED.fullmatch(argument) or _BARE.fullmatch(argument)
    if found is None or _CONTROLS.search(argument) or not _is_unicode(argument):
        return None
    address = found["path"]
    if len(address.encode()) > PATH_OCTETS:
        return None
    return Path(address or NULL_SENDER, (found["rest"] or "").strip())


def _is_unicode(argument: str) -> bool:
    """Bytes that were no UTF-8 arrive as lone surrogates, which no JSON envelope can carry faithfully."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True
