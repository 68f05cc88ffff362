"""What mail-api does for the quarantine: what was kept long enough goes."""

import asyncio
import contextlib

import structlog

from machiya.bootstrap import House
from machiya.core.errors import MachiyaError
from machiya.mail.ports import LedgerTransactions, MailStore
from machiya.mail.retention import expire

_log = structlog.get_logger()
_LOOK_SECONDS = 3600.0


async def quarantine_chores(house: House, ledger: LedgerTransactions, store: MailStore) -> None:
    """Look at the start and every hour; ends at once where the owner keeps everything."""
    with contextlib.suppress(MachiyaError):  # an ill disk is told by whoever writes to it
        await asyncio.to_thread(house.scanning.open_to_group)
    while house.settings.scanner.quarantine_days:
        try:
            await expire_quarantine(house, ledger, store)
        except MachiyaError as error:
            _log.warning("quarantine.ill", code=error.code, reason=error.message)
        await asyncio.sleep(_LOOK_SECONDS)


async def expire_quarantine(house: House, ledger: LedgerTransactions, store: MailStore) -> None:
    """Delete what is older than ``scanner.quarantine_days``, once.

    Raises:
        Unavailable: the database did not answer.
    """
    items = await asyncio.to_thread(house.scanning.book().items)
    quarantine = house.scanning.quarantine(ledger, store)
    gone, waiting = await expire(items, quarantine, house.clock, house.settings.scanner.quarantine_days)
    if gone or waiting:
        _log.info("quarantine.expired", deleted=gone, waiting=waiting)
