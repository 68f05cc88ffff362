"""Releasing and deleting what was set aside."""

from typing import TYPE_CHECKING

from machiya.core.identifiers import DeliveryId
from machiya.entrypoints.quarantine_desk import with_quarantine
from machiya.entrypoints.usermgmt.quarantine.items import item_for
from machiya.mail.model import StoreStatus

if TYPE_CHECKING:
    from machiya.accounts.model import Mailbox
    from machiya.bootstrap import House


def release(house: "House", which: DeliveryId, mailbox: "Mailbox | None") -> str:
    """Deliver to ``mailbox``, or to all it was for; why one of them has not got it, empty if all have.

    Raises:
        NotFound: it is not there any more, or not for ``mailbox``.
        Conflict: somebody else is at it.
        Unavailable: the store is ill.
    """
    only = () if mailbox is None else (mailbox.address,)
    with house.lock("quarantine"):
        item = item_for(house, which, mailbox)
        outcomes = with_quarantine(house, lambda quarantine: quarantine.release(item, only))
    failed = [f"{box}: {outcome.detail}" for box, outcome in outcomes.items() if outcome.status != StoreStatus.STORED]
    return "; ".join(failed)


def delete(house: "House", which: DeliveryId) -> None:
    """Delete for good what no mailbox has.

    Raises:
        NotFound, Conflict, Unavailable: as ``release``.
    """
    with house.lock("quarantine"):
        item = item_for(house, which, None)
        with_quarantine(house, lambda quarantine: quarantine.delete(item))
