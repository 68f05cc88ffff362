"""The settings of a house as the facts that its catalogue is rendered from."""

from pathlib import Path

from machiya.settings import Settings
from machiya.stacks.facts import HouseFacts

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
        tls_minimum=settings.tls.minimum,
        scanning=settings.scanner.enabled,
        junk_score=settings.scanner.junk_score,
        quarantine_score=settings.scanner.quarantine_score,
        antivirus=settings.scanner.enabled and settings.scanner.antivirus,
        tunnel_provider=settings.tunnel.provider,
        tunnel_hostname=settings.tunnel.hostname,
        stand_in_port=settings.tunnel.stand_in_port,
        front_door_port=settings.front_door.port,
        selinux=_SELINUX.exists(),
    )
