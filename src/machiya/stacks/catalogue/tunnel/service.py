"""The tunnel's stand-in: lets a house be tried without Cloudflare; only this machine reaches it."""

from machiya.core.sizes import MIB
from machiya.stacks.catalogue.nginx.service import CHECK, HEALTH_PORT, RELOAD, TARGET
from machiya.stacks.facts import HouseFacts
from machiya.stacks.health import answers_at
from machiya.stacks.model import (
    Attachment,
    ConfigFile,
    Health,
    Image,
    Limits,
    Publication,
    Reachable,
    Service,
    User,
)
from machiya.stacks.networks import Network

UID = 5018
PORT = 8080


def service(facts: HouseFacts) -> Service | None:
    """None where the real tunnel is."""
    if facts.tunnel_provider != "stand-in":
        return None
    return Service(
        name="tunnel",
        about="stands in for Cloudflare Tunnel with the same rules, for trying the house on this machine",
        image=Image(folder="nginx"),
        user=User(UID, UID),
        networks=(
            Attachment(Network.EDGE, "to nginx"),
            Attachment(Network.OUTSIDE, "its port on loopback; an internal network publishes none"),
        ),
        health=Health(test=answers_at(HEALTH_PORT)),
        configs=(ConfigFile("stand-in.conf.j2", "nginx.conf"), ConfigFile("ingress.json.j2", "ingress.json")),
        config_target=TARGET,
        temporary={"/tmp": f"size=64m,mode=0700,uid={UID},gid={UID}"},  # noqa: S108 – a path in the container
        publishes=(
            Publication(facts.stand_in_port, PORT, Reachable.LOOPBACK, "the Worker run on this machine, and tests"),
        ),
        limits=Limits(memory_bytes=64 * MIB, processes=16),
        check=CHECK,
        reload=RELOAD,
        stop_seconds=20,
    )
