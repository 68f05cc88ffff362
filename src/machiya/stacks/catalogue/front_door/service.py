"""The front door in a container: SMTP on loopback, held as at the edge, brought home through the tunnel's stand-in."""

from machiya.core.sizes import MIB
from machiya.stacks import own_parts
from machiya.stacks.catalogue.tunnel import service as tunnel
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Attachment, Limits, Publication, Reachable, Service, Storage, Volume
from machiya.stacks.networks import Network, address

PORT = 2525
REASON = "a container's own address; it is published on 127.0.0.1 alone"


def service(facts: HouseFacts) -> Service | None:
    """None where the real tunnel is: there the Worker is the edge."""
    if facts.tunnel_provider != "stand-in":
        return None
    own = address(facts.network_prefix, Network.OUTSIDE, "front-door")
    return Service(
        name="front-door",
        about="takes SMTP on this machine as the edge would, for trying the house without Cloudflare",
        image=own_parts.IMAGE,
        user=own_parts.USER,
        command=("machiya", "front-door"),
        environment=own_parts.environment(
            {
                "house.open_ports_reason": REASON,
                "storage.bulk": own_parts.BULK,
                "front_door.host": own,
                "front_door.port": str(PORT),
                "front_door.tunnel": f"{address(facts.network_prefix, Network.EDGE, 'tunnel')}:{tunnel.PORT}",
            }
        ),
        networks=(
            Attachment(Network.EDGE, "to the tunnel's stand-in"),
            Attachment(Network.OUTSIDE, "its port on loopback; an internal network publishes none"),
        ),
        configs=own_parts.CONFIGS,
        config_target=own_parts.CONFIG_TARGET,
        secrets=own_parts.secrets("edge_signing_key", "edge_recipient_key"),
        volumes=(Volume(storage=Storage.BULK, name="hold", target=f"{own_parts.BULK}/hold"),),
        temporary=own_parts.TEMPORARY,
        publishes=(
            Publication(facts.front_door_port, PORT, Reachable.LOOPBACK, "send-test, and mail programs under test"),
        ),
        health=own_parts.answers(f"smtp://{own}:{PORT}"),
        limits=Limits(memory_bytes=192 * MIB, processes=64),
    )
