"""Cloudflare Tunnel: connects out to Cloudflare and brings in what its rules allow; never tried with a live account."""

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Attachment, ConfigFile, Health, Image, Limits, SecretFile, Service, User
from machiya.stacks.networks import Network

UID = 5018
TARGET = "/etc/machiya"
METRICS = "127.0.0.1:20241"


def service(facts: HouseFacts) -> Service | None:
    """None where the stand-in is.

    Source: https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/
    """
    if facts.tunnel_provider != "cloudflared":
        return None
    return Service(
        name="cloudflared",
        about="Cloudflare Tunnel: the edge's calls come in here, over connections that the house opened",
        image=Image(reference=f"cloudflare/cloudflared:{facts.cloudflared_tag}"),
        user=User(UID, UID),
        networks=(
            Attachment(Network.EDGE, "to nginx"),
            Attachment(Network.OUTSIDE, "to Cloudflare"),
        ),
        health=Health(test=("cloudflared", "tunnel", "--metrics", METRICS, "ready")),
        command=(
            *("tunnel", "--config", f"{TARGET}/ingress.json", "--metrics", METRICS),
            *("run", "--token-file", "/run/secrets/token"),
        ),
        configs=(ConfigFile("ingress.json.j2", "ingress.json"),),
        config_target=TARGET,
        secrets=(SecretFile(path="token", secret="tunnel_token"),),  # noqa: S106 – a name
        limits=Limits(memory_bytes=192 * MIB, processes=64),
    )
