"""Whether an address that hears of failed jobs can be used."""

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def notice_mistake(url: str) -> str:
    """What is wrong with ``url``, without repeating it; empty: nothing. It holds a token, so plain http stays here."""
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.hostname
    except ValueError:
        return "is not an address; it begins with https://"
    if scheme not in {"https", "http"} or not host:
        return "is not an address; it begins with https://"
    if scheme == "http" and host not in _LOOPBACK:
        return "must be https: the address would cross the network readable; http only to 127.0.0.1, ::1 or localhost"
    return ""
