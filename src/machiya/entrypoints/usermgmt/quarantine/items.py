"""Finding what was set aside, and reading its header lines; never its content."""

from datetime import datetime
from typing import TYPE_CHECKING

from machiya.core.errors import MachiyaError, NotFound
from machiya.core.identifiers import DeliveryId
from machiya.entrypoints.quarantine_desk import with_quarantine
from machiya.entrypoints.usermgmt.i18n.errors import in_words
from machiya.mail.headers import header_section
from machiya.mail.retention import kept_until

if TYPE_CHECKING:
    from machiya.accounts.model import Mailbox
    from machiya.bootstrap import House
    from machiya.mail.model import Quarantined


def items_for(house: "House", mailbox: "Mailbox | None") -> "tuple[Quarantined, ...]":
    """What was set aside for ``mailbox`` since it was made (None: for anybody, ever), newest first."""
    return tuple(item for item in house.scanning.book().items() if mailbox is None or _is_of(item, mailbox))


def item_for(house: "House", which: DeliveryId, mailbox: "Mailbox | None") -> "Quarantined":
    """One of them.

    Raises:
        NotFound: there is none, or it is not for ``mailbox``, or for one before it of the same address.
    """
    for item in items_for(house, mailbox):
        if item.delivery_id == which:
            return item
    raise NotFound("this message is not in the quarantine any more", hint="It was released or deleted meanwhile.")


def _is_of(item: "Quarantined", mailbox: "Mailbox") -> bool:
    """The address may have been somebody else's before."""
    return mailbox.address in item.mailboxes and item.quarantined_at >= mailbox.created_at


def until(house: "House", item: "Quarantined") -> datetime | None:
    """How long it is kept; None: until a person deletes it."""
    return kept_until(item, house.settings.scanner.quarantine_days)


def headers_of(house: "House", item: "Quarantined") -> tuple[str, str]:
    """Its header lines, what cannot be printed left out – or why they cannot be read."""
    try:
        content = with_quarantine(house, lambda quarantine: quarantine.content(item))
    except MachiyaError as error:
        return "", in_words(error)[0]
    lines = header_section(content).decode("utf-8", "replace").splitlines()
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines), ""
