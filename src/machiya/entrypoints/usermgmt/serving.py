"""How the pages are reached: under which names, and through which proxies."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import Request

if TYPE_CHECKING:
    from machiya.bootstrap import House

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
ENVIRON_PEER = "REMOTE_ADDR"


@dataclass(frozen=True, slots=True)
class Serving:
    """``hosts``: the names a browser may call the pages by, lower case, without port; an IPv6 address without brackets.

    ``trusted_proxies``: addresses whose word counts for where a request came from. ``plain_on_loopback``: whether a
    browser on this machine may come without TLS.
    """

    hosts: frozenset[str]
    trusted_proxies: frozenset[str] = frozenset()
    plain_on_loopback: bool = False


def serving_of(house: "House") -> Serving:
    """What the settings say where nobody says more."""
    settings = house.settings
    named = {settings.house.hostname, settings.tls.hostname, settings.vpn.address}
    return Serving(
        hosts=frozenset(name.lower() for name in named if name) | LOOPBACK_NAMES,
        plain_on_loopback=not house.in_containers,
    )


def host_of(request: Request) -> str:
    """The name in the Host header, lower case, without port and brackets; empty if there is none."""
    host = request.headers.get("Host", "").lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def client_address(request: Request, serving: Serving) -> str:
    """Whose request it is: the peer, or what a trusted proxy says last in ``X-Forwarded-For``."""
    peer = _canonical(request.environ.get(ENVIRON_PEER, ""))
    if peer not in serving.trusted_proxies:
        return peer
    said = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    for address in map(_canonical, reversed(said)):
        if not address:
            break
        if address not in serving.trusted_proxies:
            return address
    return peer


def on_loopback(request: Request) -> bool:
    """Whether the peer is this machine, whatever headers say."""
    peer = _canonical(request.environ.get(ENVIRON_PEER, ""))
    return bool(peer) and ip_address(peer).is_loopback


def _canonical(text: str) -> str:
    """An address in one spelling (IPv4 also where it came in IPv6's clothes); empty if it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
