"""Showing and changing the rules of a mailbox.

Each change is active with its commit: Dovecot reads what the house publishes, and nothing has to be brought to it.
"""

from collections.abc import Sequence

from machiya.accounts.ports import AccountsUnitOfWork
from machiya.accounts.rules.model import Filter, Forwarding, Rules, RulesSaved, Vacation
from machiya.core.addresses import EmailAddress


def show_rules(work: AccountsUnitOfWork, address: EmailAddress) -> Rules:
    """The rules of a mailbox; empty ones if it has none.

    Raises:
        NotFound: there is no such mailbox.
    """
    raise NotImplementedError


def set_vacation(work: AccountsUnitOfWork, address: EmailAddress, vacation: Vacation | None) -> RulesSaved:
    """Replace the vacation; None removes it.

    Raises:
        InvalidInput: something in it cannot be used.
        NotFound: there is no such mailbox.
    """
    raise NotImplementedError


def set_forwarding(work: AccountsUnitOfWork, address: EmailAddress, forwarding: Forwarding | None) -> RulesSaved:
    """Replace the forwarding; None removes it.

    Raises:
        InvalidInput: something in it cannot be used.
        NotFound: there is no such mailbox, or a target in this house does not exist.
        Refused: it leads back, and nobody on the way would keep the mail.
    """
    raise NotImplementedError


def set_filters(work: AccountsUnitOfWork, address: EmailAddress, filters: Sequence[Filter]) -> RulesSaved:
    """Replace all filters, in this order.

    Raises:
        InvalidInput: something in one cannot be used; the message names it.
        NotFound: there is no such mailbox, or an address to forward to does not exist in this house.
        Refused: a copy would come back to this mailbox.
    """
    raise NotImplementedError
