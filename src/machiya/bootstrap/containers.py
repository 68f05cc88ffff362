"""The settings of a house as the facts that its catalogue is rendered from."""

from pathlib import Path

from machiya.core.addresses import DomainName
from machiya.settings import CONFIGURATION_FILE, Relay, Settings, time_zone_here
from machiya.stacks.facts import HouseFacts, RelayFacts, WebmailFacts

SECRETS_ROOT = Path("/run/machiya")
_SELINUX = Path("/sys/fs/selinux/enforce")


def facts_of(settings: Settings) -> HouseFacts:
    """What templates may know; no secret."""
    return HouseFacts(
        project=settings.docker.project,
        hostname=settings.house.hostname,
        owner=settings.house.owner,
        root=settings.root,
        fast=settings.storage.fast,
        bulk=settings.storage.bulk,
        run=settings.root / "data" / "run",
        secrets=SECRETS_ROOT / settings.docker.project,
        network_prefix=settings.docker.network_prefix,
        vpn_address=settings.vpn.address,
        vpn_interface=settings.vpn.interface,
        message_bytes=settings.mail.message_bytes,
        buffer_bytes=settings.mail.buffer_bytes,
        tls_minimum=settings.tls.minimum,
        scanning=settings.scanner.enabled,
        resolver=settings.docker.resolver,
        junk_score=settings.scanner.junk_score,
        quarantine_score=settings.scanner.quarantine_score,
        antivirus=settings.scanner.enabled and settings.scanner.antivirus,
        tunnel_provider=settings.tunnel.provider,
        tunnel_hostname=DomainName.parse(settings.tunnel.hostname).name,
        cloudflared_tag=settings.tunnel.cloudflared_tag,
        stand_in_port=settings.tunnel.stand_in_port,
        front_door_port=settings.front_door.port,
        relay=_relay(settings.relay.default),
        relay_domains={name: _relay(choice.filled) for name, choice in settings.relay.domains.items()},
        relay_ca=settings.relay.ca_file,
        milter_port=settings.submission.milter_port,
        lookup_port=settings.submission.lookup_port,
        usermgmt_port=settings.usermgmt.vpn_port,
        time_zone=time_zone_here(),
        webmail=_webmail(settings) if settings.webmail.enabled else None,
        selinux=_SELINUX.exists(),
        configuration=_text_of(settings.root / CONFIGURATION_FILE),
    )


def _text_of(path: Path) -> str:
    """Read before, so it is there and it is text; a house without a file has defaults."""
    return path.read_text(encoding="utf-8-sig") if path.exists() else ""


def _webmail(settings: Settings) -> WebmailFacts:
    product_name = settings.webmail.product_name or settings.house.hostname
    return WebmailFacts(
        DomainName.parse(settings.webmail_hostname).name, product_name, settings.webmail.session_minutes
    )


def _relay(relay: Relay) -> RelayFacts:
    return RelayFacts(relay.host, relay.port, relay.tls, relay.user)
