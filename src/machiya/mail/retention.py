"""How long the quarantine keeps what was set aside, and what happens then."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from machiya.core.clock import Clock
from machiya.core.errors import Conflict, NotFound
from machiya.mail.model import Quarantined
from machiya.mail.ports import StoreUnavailable
from machiya.mail.quarantine import Quarantine


def kept_until(item: Quarantined, keep_days: int) -> datetime | None:
    """When it is deleted; None (``keep_days`` is 0): only by a person."""
    return item.quarantined_at + timedelta(days=keep_days) if keep_days else None


async def expire(items: Sequence[Quarantined], quarantine: Quarantine, clock: Clock, keep_days: int) -> tuple[int, int]:
    """Delete those of ``items`` whose time is over; how many went, and how many must wait for the next time.

    One waits while a person releases it, or while the store cannot say who has it after a release that was cut off.

    Raises:
        Unavailable: the database did not answer.
    """
    gone = waiting = 0
    for item in items:
        until = kept_until(item, keep_days)
        if until is None or until > clock.now():
            continue
        try:
            await quarantine.delete(item, kept_days=keep_days)
        except NotFound:  # a person was faster
            continue
        except (Conflict, StoreUnavailable):
            waiting += 1
        else:
            gone += 1
    return gone, waiting
