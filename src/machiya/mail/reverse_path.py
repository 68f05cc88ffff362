"""The envelope sender in a form that can be written into a command or a header line."""

import re

_REVERSE_PATH_OCTETS = 254
_TEXT = r"[^\x00-\x20\x7f-\x9f<>@\"\\]"
_QUOTED = r'"(?:[^\x00-\x1f\x7f-\x9f<>"\\]|\\[ -;=?-~])*"'
_SAFE = re.compile(rf"(?:{_TEXT}+|{_QUOTED})@(?:{_TEXT}+|\[[A-Za-z0-9.:]+\])")


def reverse_path(sender: str, *, utf8: bool) -> str:
    """``sender`` as it is, or empty (the null sender) where it could not be written safely.

    Not safe are control characters and spaces, angle brackets, what has no ``local@domain`` shape, more than 254
    octets, and, unless ``utf8``, anything beyond ASCII. Replies to such a sender cannot work anyway; the message is
    worth more than its return address, and the trace keeps the sender as it came.

    Source: RFC 5321 §4.1.2, RFC 6531 §3.3.
    """
    try:
        fits = len(sender.encode()) <= _REVERSE_PATH_OCTETS
    except UnicodeEncodeError:
        return ""
    writable = utf8 or sender.isascii()
    return sender if fits and writable and _SAFE.fullmatch(sender) else ""
