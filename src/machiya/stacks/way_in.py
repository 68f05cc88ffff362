"""The way in from the street: the rules that the tunnel, its stand-in, nginx and the fence agree on."""

from ipaddress import IPv4Address, IPv4Network

from machiya.stacks.catalogue.nginx import service as nginx
from machiya.stacks.compose import bridge_name
from machiya.stacks.facts import HouseFacts
from machiya.stacks.fence import Fence, Gate, Yard, build_fence
from machiya.stacks.ingress import Ingress, mail_ingress
from machiya.stacks.model import Reachable, Service
from machiya.stacks.networks import Network, address, subnet


def house_ingress(facts: HouseFacts) -> Ingress:
    """What this house lets in through the tunnel."""
    host = address(facts.network_prefix, Network.EDGE, "nginx")
    webmail = facts.webmail.hostname if facts.webmail else ""
    return mail_ingress(facts.tunnel_hostname, f"http://{host}:{nginx.PORT}", webmail)


def house_fence(facts: HouseFacts, all_services: tuple[Service, ...]) -> Fence:
    """The fence of this house: its networks, and what its services publish to the VPN."""
    yards = [
        Yard(bridge_name(facts, network), IPv4Network(subnet(facts.network_prefix, network))) for network in Network
    ]
    ports = {port.port for one in all_services for port in one.publishes if port.reachable is Reachable.VPN}
    gate = Gate(IPv4Address(facts.vpn_address), facts.vpn_interface, tuple(sorted(ports)))
    return build_fence(facts.project, yards, gate)
