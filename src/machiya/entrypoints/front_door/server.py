"""Runs the listener, the couriers and the sweep in one event loop until told to stop."""

import asyncio
import ipaddress
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from machiya.core.clock import Clock
from machiya.core.errors import ConfigurationError, Unavailable
from machiya.entrypoints.front_door.courier import Courier
from machiya.entrypoints.front_door.errors import EdgeErrors
from machiya.entrypoints.front_door.offers import Offers
from machiya.entrypoints.front_door.orders import Orders
from machiya.entrypoints.front_door.reception import Reception
from machiya.entrypoints.front_door.recipients import RecipientTable
from machiya.entrypoints.front_door.report import Reporter
from machiya.entrypoints.front_door.smtp import Sessions, session_factory
from machiya.entrypoints.front_door.sweep import Rhythm, Sweep
from machiya.mail.held import Hold, House

STOP_SECONDS = 5.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a front door behaves; seconds and bytes.

    ``open_reason``: why it may listen elsewhere than on this machine (empty: it may not).
    """

    host: str
    port: int
    hostname: str
    message_bytes: int
    hold_days: int
    recipient_key: str
    recipients_interval_seconds: float
    sweep_interval_seconds: float
    rhythm: Rhythm = field(default_factory=Rhythm)
    report_quiet_seconds: float = 5.0
    couriers: int = 8
    connections: int = 200
    open_reason: str = ""


class FrontDoor:
    """Everything wired: made from a hold, a house and a plan."""

    def __init__(self, hold: Hold, house: House, clock: Clock, plan: Plan) -> None:
        self.plan, self.house = plan, house
        self.errors = EdgeErrors(hold, clock)
        self.table = RecipientTable(hold, clock, self.errors, plan.recipient_key, plan.recipients_interval_seconds)
        self.offers = Offers(hold, house, clock, self.errors, plan.hold_days)
        self.orders = Orders(hold, clock, self.errors)
        reporter = Reporter(
            hold, house, clock, errors=self.errors, table=self.table, orders=self.orders,
            quiet_seconds=plan.report_quiet_seconds,
        )  # fmt: skip
        self.sweep = Sweep(
            hold, house, clock, offers=self.offers, reporter=reporter, table=self.table, errors=self.errors,
            rhythm=plan.rhythm,
        )  # fmt: skip
        self.courier = Courier(self.offers, couriers=plan.couriers, house_silent=lambda: self.sweep.house_silent)
        self.reception = Reception(
            hold, clock, decide=self.table.decide, announce=self.courier.announce, message_bytes=plan.message_bytes
        )
        self.sessions = Sessions(plan.connections)

    async def listen(self) -> asyncio.Server:
        """Open the listener.

        Raises:
            ConfigurationError: the address is not this machine's own and nobody said why it may be.
            Unavailable: the port is taken.
        """
        require_loopback(self.plan.host, self.plan.open_reason)
        factory = session_factory(self.reception, self.sessions, self.plan.hostname)
        try:
            loop = asyncio.get_running_loop()
            return await loop.create_server(factory, self.plan.host, self.plan.port, backlog=256)
        except OSError as error:
            where = f"{self.plan.host}:{self.plan.port}"
            raise Unavailable(
                f"cannot listen on {where}: {error.strerror or error}",
                hint="Another program may have the port; front_door.port in machiya.toml changes it.",
            ) from error

    async def keep_sweeping(self) -> None:
        """Sweep after each interval; at once while more waits and the house is well."""
        while True:
            try:
                swept = await self.sweep.run()
                self.courier.announce(swept.revived)
            except Exception:  # noqa: BLE001 – see below
                # Whatever it was: the next sweep may find it gone, and no sweep at all would hold mail back for good.
                _log.exception("edge.sweep_failed")
                swept = None
            if swept is None or not swept.more:
                await asyncio.sleep(self.plan.sweep_interval_seconds)


def require_loopback(host: str, open_reason: str) -> None:
    """Plain SMTP without passwords is for this machine alone.

    Raises:
        ConfigurationError: ``host`` is another address and there is no reason.
    """
    try:
        loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback and not open_reason:
        raise ConfigurationError(
            f"front_door.host: {host!r} can be reached from other machines, and the front door has no TLS",
            hint="Use 127.0.0.1, or say in house.open_ports_reason why it may be open.",
        )


async def serve(door: FrontDoor) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        ConfigurationError: see ``FrontDoor.listen``.
        Unavailable: see ``FrontDoor.listen``.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await door.listen()
    _log.info("front_door.ready", host=door.plan.host, port=door.plan.port)
    chores = [asyncio.create_task(door.courier.run()), asyncio.create_task(door.keep_sweeping())]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *chores], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _close(door, server, [stopping, *chores])
    _log.info("front_door.stopped")


async def _close(door: FrontDoor, server: asyncio.Server, tasks: Sequence["asyncio.Task[Any]"]) -> None:
    server.close()
    await door.sessions.close(STOP_SECONDS)
    # Offers under way are cut off: the house answers the same id again with 200, so nothing is lost or doubled.
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await door.house.close()
