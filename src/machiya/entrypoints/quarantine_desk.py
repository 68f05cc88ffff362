"""Work with the quarantine for a program that is not asynchronous: what it needs is opened, and closed again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from machiya.bootstrap import House
    from machiya.mail.quarantine import Quarantine

T = TypeVar("T")


def with_quarantine(house: "House", work: "Callable[[Quarantine], Awaitable[T]]") -> T:
    """Run ``work`` with the house's quarantine; hold the house's lock ``quarantine`` for what changes it.

    Raises:
        Unavailable: the database cannot be read.
    """
    house.directory.renew()  # a program that runs for months asks for mailboxes that were made yesterday

    async def run() -> T:
        store = house.mail_store()
        try:
            with closing(house.ledger_transactions()) as ledger:
                return await work(house.scanning.quarantine(ledger, store))
        finally:
            await store.close()

    return asyncio.run(run())
