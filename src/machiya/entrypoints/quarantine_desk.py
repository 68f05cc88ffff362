"""Work with the quarantine for a program that is not asynchronous: what it needs is opened, and closed again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from machiya.bootstrap import House
    from machiya.core.addresses import EmailAddress
    from machiya.mail.model import Quarantined
    from machiya.mail.quarantine import Quarantine

T = TypeVar("T")


def newer_mailboxes(house: "House", item: "Quarantined") -> "tuple[EmailAddress, ...]":
    """Those it was for whose mailbox was made after it came: perhaps for somebody else of the same address."""
    with house.accounts_uow(read_only=True) as work:
        found = [work.accounts.mailbox(address) for address in item.mailboxes]
    return tuple(box.address for box in found if box is not None and box.created_at > item.quarantined_at)


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
