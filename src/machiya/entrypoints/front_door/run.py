"""Starts the front door of a house and keeps it running until told to stop."""

import asyncio

import structlog

from machiya.bootstrap import House
from machiya.core.errors import ConfigurationError
from machiya.entrypoints.front_door.server import FrontDoor, Plan, serve
from machiya.entrypoints.front_door.sweep import Rhythm

_log = structlog.get_logger()


def run(house: House) -> None:
    """Serve until SIGTERM; one process a house, kept by a lock.

    Raises:
        Conflict: another front door runs on this house.
        ConfigurationError: no signing key, or an address that other machines can reach.
        HoldUnavailable: the hold folder cannot be used.
        Unavailable: the port is taken.
    """
    with house.lock("front-door"):
        asyncio.run(_serve(house))


async def _serve(house: House) -> None:
    if not house.signing_keys():
        raise ConfigurationError(
            "no edge_signing_key in secrets.age", hint="machiya init makes one; machiya secret set takes yours."
        )
    hold = house.hold()
    if orphans := hold.recover():
        _log.warning("edge.orphans", names=orphans[:20], count=len(orphans), folder=str(hold.root / "orphans"))
    await serve(FrontDoor(hold, house.house_api(), house.clock, plan_of(house)))


def plan_of(house: House) -> Plan:
    """The settings, as the front door wants them."""
    settings = house.settings
    return Plan(
        host=settings.front_door.host,
        port=settings.front_door.port,
        hostname=settings.house.hostname,
        message_bytes=settings.mail.message_bytes,
        hold_days=settings.edge.hold_days,
        recipient_key=house.recipient_key(),
        recipients_interval_seconds=settings.edge.recipients_interval_seconds,
        sweep_interval_seconds=settings.edge.sweep_interval_seconds,
        rhythm=Rhythm(batch=settings.edge.sweep_batch, first_seconds=settings.edge.sweep_interval_seconds),
        report_quiet_seconds=settings.edge.recipients_interval_seconds,
        open_reason=settings.house.open_ports_reason,
    )
