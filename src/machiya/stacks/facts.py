"""What the catalogue and its templates may know of the house; made from the settings by bootstrap."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RelayFacts:
    """A relay for outgoing mail; ``tls``: ``starttls`` or ``implicit``."""

    host: str
    port: int
    tls: str
    user: str

    @property
    def nexthop(self) -> str:
        """As Postfix writes it, without a look-up of MX records: ``[smtp.example.net]:587``."""
        return f"[{self.host}]:{self.port}"

    @property
    def transport(self) -> str:
        """Postfix's transport for it."""
        return f"relay-{self.tls}:{self.nexthop}"


@dataclass(frozen=True, slots=True)
class WebmailFacts:
    """Webmail: its public host name, the name it shows, and how long a session lasts without a click."""

    hostname: str
    product_name: str
    session_minutes: int


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
        message_bytes, buffer_bytes: the largest message, and all on their way in together.
        configuration: the text of machiya.toml, for our own parts.
        relay, relay_domains: who carries mail out, for all and for the mail of single sender domains.
        relay_ca: file of the house's folder with the relay's certificate authority; empty: the system's.
        milter_port, lookup_port: where mail-api answers Postfix.
        usermgmt_port: of usermgmt on the VPN address.
        time_zone: of this machine, by its IANA name.
        webmail: None where the house has none.
    """

    project: str
    hostname: str
    owner: str
    root: Path
    fast: Path
    bulk: Path
    run: Path
    secrets: Path
    network_prefix: str
    vpn_address: str
    vpn_interface: str
    message_bytes: int
    buffer_bytes: int
    tls_minimum: str
    scanning: bool
    antivirus: bool
    resolver: str
    junk_score: float
    quarantine_score: float
    tunnel_provider: str
    tunnel_hostname: str
    cloudflared_tag: str
    stand_in_port: int
    front_door_port: int
    relay: RelayFacts
    relay_domains: Mapping[str, RelayFacts]
    relay_ca: str
    milter_port: int
    lookup_port: int
    usermgmt_port: int
    time_zone: str
    webmail: WebmailFacts | None
    selinux: bool
    configuration: str
