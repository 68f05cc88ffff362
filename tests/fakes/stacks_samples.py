"""A house and a service to render."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts, RelayFacts, WebmailFacts
from machiya.stacks.model import (
    Attachment,
    Capability,
    Health,
    HouseFile,
    Image,
    Limits,
    Publication,
    Reachable,
    SecretFile,
    Service,
    Storage,
    User,
    Volume,
)
from machiya.stacks.networks import Network

ROOT = Path("/srv/house")
FACTS = HouseFacts(
    project="machiya",
    hostname="machiya.home.test",
    owner="you@home.test",
    root=ROOT,
    fast=ROOT / "data/fast",
    bulk=ROOT / "data/bulk",
    run=ROOT / "data/run",
    secrets=Path("/run/machiya/machiya"),
    message_bytes=25 * MIB,
    network_prefix="10.77",
    vpn_address="127.0.0.1",
    vpn_interface="tailscale0",
    buffer_bytes=48 * MIB,
    tls_minimum="1.3",
    scanning=True,
    antivirus=True,
    resolver="recursive",
    junk_score=6.0,
    quarantine_score=15.0,
    tunnel_provider="stand-in",
    tunnel_hostname="mail.home.test",
    cloudflared_tag="2025.11.1",
    relay=RelayFacts("smtp.sendgrid.net", 587, "starttls", "apikey"),
    relay_domains=MappingProxyType({}),
    relay_ca="",
    selinux=False,
    configuration="",
    stand_in_port=8480,
    front_door_port=2525,
    milter_port=8027,
    lookup_port=8028,
    usermgmt_port=8443,
    time_zone="Asia/Tokyo",
    webmail=WebmailFacts("webmail.home.test", "machiya.home.test", 60),
)


def facts_at(root: Path, **changes: Any) -> HouseFacts:
    """``FACTS`` with everything that is stored below ``root``, and with ``changes``."""
    places = {"root": root, **{name: root / name for name in ("fast", "bulk", "run", "secrets")}}
    return replace(FACTS, **{**places, **changes})


SERVICE = Service(
    name="dovecot",
    about="keeps the mail",
    image=Image(folder="dovecot"),
    user=User(5000, 5000),
    networks=(Attachment(Network.MAILSERVER, "LMTP"), Attachment(Network.VPN, "mail programs")),
    health=Health(test=("true",)),
    capabilities=(Capability("KILL", "for the test"),),
    volumes=(Volume(storage=Storage.BULK, name="mail", target="/srv/mail"),),
    house_files=(HouseFile("machiya.toml", "/house/machiya.toml"),),
    secrets=(SecretFile(path="key", secret="doveadm_api_key"),),
    temporary={"/tmp": "size=16m,mode=1777"},  # noqa: S108 – a path inside a container
    publishes=(Publication(993, 993, Reachable.VPN, "IMAP"), Publication(8080, 80, Reachable.LOOPBACK, "this machine")),
    limits=Limits(memory_bytes=64 * MIB, processes=50),
    needs=("mariadb",),
)
TAGS = {"dovecot": "machiya/dovecot:0123456789abcdef"}
