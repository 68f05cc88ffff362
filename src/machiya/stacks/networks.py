"""The networks of the house and who has which address in them; fixed, so that listeners and walls can name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Network(StrEnum):
    """One bridge network each; the value is its name in Compose."""

    MAILSERVER = "mailserver_network"
    BLOG = "blog_network"
    EDGE = "edge_network"
    VPN = "vpn_network"
    OUTSIDE = "outside_network"


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """``third`` is the third octet of its /24.

    ``internal``: no way out; ``masquerade``: what leaves is translated; ``talk``: its containers may speak together.
    """

    third: int
    internal: bool
    masquerade: bool
    about: str
    talk: bool = True


SHAPES: Mapping[Network, NetworkShape] = MappingProxyType(
    {
        Network.MAILSERVER: NetworkShape(1, internal=True, masquerade=False, about="the parts of the mail stack"),
        Network.BLOG: NetworkShape(2, internal=True, masquerade=False, about="web sites; empty for now"),
        Network.EDGE: NetworkShape(3, internal=True, masquerade=False, about="the tunnel's end, nginx and mail-api"),
        Network.VPN: NetworkShape(
            4, internal=False, masquerade=False, about="what is published on the tailnet address", talk=False
        ),
        Network.OUTSIDE: NetworkShape(5, internal=False, masquerade=True, about="parts that must go out", talk=False),
    }
)

# The last octet of each service, the same in every network it is in.
HOSTS: Mapping[str, int] = MappingProxyType(
    {
        "unbound": 2,
        "mariadb": 10,
        "redis": 11,
        "rspamd": 12,
        "clamav": 13,
        "dovecot": 14,
        "postfix": 15,
        "mail-api": 16,
        "nginx": 17,
        "cloudflared": 18,
        "tunnel": 18,
        "front-door": 19,
        "roundcube": 20,
        "usermgmt": 21,
    }
)


def subnet(prefix: str, network: Network) -> str:
    """``10.77.1.0/24``."""
    return f"{prefix}.{SHAPES[network].third}.0/24"


def gateway(prefix: str, network: Network) -> str:
    """The bridge's own address. The host reaches containers from it."""
    return f"{prefix}.{SHAPES[network].third}.1"


def address(prefix: str, network: Network, service: str) -> str:
    """The fixed address of ``service`` in ``network``.

    Raises:
        KeyError: the service has no address; give it one in ``HOSTS``.
    """
    return f"{prefix}.{SHAPES[network].third}.{HOSTS[service]}"
