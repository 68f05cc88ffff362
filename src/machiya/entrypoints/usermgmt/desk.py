"""The house as a page sees it: transactions that know who changes what, and ports of the rooms."""

from functools import cached_property
from typing import TYPE_CHECKING

from flask import g

from machiya.access.audit import AuditNote
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unauthorized
from machiya.entrypoints.usermgmt.visitor import Visitor

if TYPE_CHECKING:
    from machiya.access.access import Access
    from machiya.accounts.model import Mailbox
    from machiya.accounts.ports import AccountsUnitOfWork
    from machiya.bootstrap import House


class Desk:
    """One for all requests of a process."""

    def __init__(self, house: "House") -> None:
        self.house = house

    @cached_property
    def access(self) -> "Access":
        """Log-ins, sessions, administrators, the audit log."""
        return self.house.access

    def reading(self) -> "AccountsUnitOfWork":
        """A transaction over the accounts that changes nothing."""
        return self.house.accounts_uow(read_only=True)

    def changing(self, action: str, target: object, **details: object) -> "AccountsUnitOfWork":
        """One that writes into the audit log, as it commits, who did ``action`` to ``target``."""
        return self.house.accounts_uow(audit=_note(action, target, details))

    def note(self, action: str, target: object, **details: object) -> None:
        """Into the audit log, before an act that has no transaction of its own there."""
        self.access.audit.record(_note(action, target, details))

    def own_mailbox(self) -> "Mailbox":
        """The mailbox whose owner is asking, as it is now.

        Raises:
            Unauthorized: this is no owner of a mailbox, or the mailbox has just been removed.
        """
        address = own_address()
        with self.reading() as work:
            mailbox = work.accounts.mailbox(address)
        if mailbox is None:
            raise Unauthorized(f"{address} has just been removed", hint="Somebody else is changing the accounts.")
        return mailbox

    @property
    def owner(self) -> EmailAddress | None:
        """The owner of the house that the settings name."""
        owner = self.house.settings.house.owner
        return EmailAddress.parse(owner) if owner else None


def visitor() -> Visitor:
    """Who is asking.

    Raises:
        Unauthorized: nobody; the gate lets no such request through to a page that asks.
    """
    found = g.get("visitor")
    if not isinstance(found, Visitor):
        raise Unauthorized("nobody is logged in", hint="Log in and try again.")
    return found


def own_address() -> EmailAddress:
    """Of the mailbox whose owner is asking: from the session, never from a form.

    Raises:
        Unauthorized: this is no owner of a mailbox.
    """
    address = visitor().address
    if address is None:
        raise Unauthorized("this is for the owners of mailboxes", hint="Log in with the address of the mailbox.")
    return address


def _note(action: str, target: object, details: dict[str, object]) -> AuditNote:
    return AuditNote(visitor().actor, action, str(target), {name: str(value) for name, value in details.items()})
