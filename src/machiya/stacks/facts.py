"""What the catalogue and its templates may know of the house; made from the settings by bootstrap."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseFacts:
    """The house as its containers need to know it. No secret is in here.

    Args:
        project: name of the Compose project.
        hostname: what the house calls itself in mail and TLS.
        owner: mail address of its owner; empty: nobody yet.
        root, fast, bulk, run: the house's folder, its storage classes and its run folder, absolute.
        secrets: the tmpfs folder with one folder a service, absolute.
        network_prefix: first half of its IPv4 addresses (``10.77``).
        vpn_address: the tailnet or loopback address on which client ports are published.
        message_bytes: the largest message.
    """

    project: str
    hostname: str
    owner: str
    root: Path
    fast: Path
    bulk: Path
    run: Path
    secrets: Path
    network_prefix: str = "10.77"
    vpn_address: str = "127.0.0.1"
    vpn_interface: str = "tailscale0"
    message_bytes: int
    tls_minimum: str = "1.3"
    scanning: bool = True
    antivirus: bool = True
    junk_score: float = 6.0
    quarantine_score: float = 15.0
    tunnel_provider: str = "stand-in"
    tunnel_hostname: str = "mail.home.test"
    stand_in_port: int = 8480
    front_door_port: int = 2525
    selinux: bool = False
