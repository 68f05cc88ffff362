"""The way in from the street: ports and rules that the tunnel, its stand-in, nginx and the fence agree on."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType

from machiya.stacks.compose import bridge_name
from machiya.stacks.facts import HouseFacts
from machiya.stacks.fence import Fence, Gate, Yard, build_fence
from machiya.stacks.ingress import Ingress, mail_ingress
from machiya.stacks.model import Reachable, Service
from machiya.stacks.networks import Network, address, subnet

NGINX_PORT = 8080
STAND_IN_PORT = 8080
HEALTH_PORT = 8081
MAIL_API_PORT = 8025
PORTS: Mapping[str, int] = MappingProxyType(
    {"nginx": NGINX_PORT, "stand_in": STAND_IN_PORT, "health": HEALTH_PORT, "mail_api": MAIL_API_PORT}
)


def house_ingress(facts: HouseFacts) -> Ingress:
    """What this house lets in through the tunnel."""
    nginx = address(facts.network_prefix, Network.EDGE, "nginx")
    return mail_ingress(facts.tunnel_hostname, f"http://{nginx}:{NGINX_PORT}")


def house_fence(facts: HouseFacts, all_services: tuple[Service, ...]) -> Fence:
    """The fence of this house: its networks, and what its services publish to the VPN."""
    yards = [
        Yard(bridge_name(facts, network), IPv4Network(subnet(facts.network_prefix, network))) for network in Network
    ]
    ports = {port.port for one in all_services for port in one.publishes if port.reachable is Reachable.VPN}
    gate = Gate(IPv4Address(facts.vpn_address), facts.vpn_interface, tuple(sorted(ports)))
    return build_fence(facts.project, yards, gate)


def answers_at(port: int, path: str = "/health") -> tuple[str, ...]:
    """A health check by bash alone: images without a client for HTTP need none."""
    ask = f"exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' >&3; grep -q ' 200 ' <&3"
    return ("bash", "-c", ask)
