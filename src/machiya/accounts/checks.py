"""Rules that several use cases share; each refusal says what to do."""

import re

from machiya.accounts.model import Mailbox
from machiya.accounts.ports import AccountRepository
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound

_MAILBOX_LOCAL = re.compile(r"[a-z0-9_](?:[a-z0-9._='&~-]*[a-z0-9_'-])?")


def require_domain(accounts: AccountRepository, name: DomainName) -> None:
    """Addresses live in domains of this house.

    Raises:
        NotFound: ``name`` is none of them.
    """
    if accounts.domain(name) is None:
        raise NotFound(f"{name} is not a domain of this house", hint=f"Add it first: machiya domain add {name}")


def require_mailbox(accounts: AccountRepository, address: EmailAddress) -> Mailbox:
    """The mailbox ``address``.

    Raises:
        NotFound: there is none.
    """
    mailbox = accounts.mailbox(address)
    if mailbox is None:
        other = "It is an alias: machiya alias show " if accounts.alias(address) else "machiya mailbox list shows all."
        hint = f"{other}{address}" if accounts.alias(address) else other
        raise NotFound(f"there is no mailbox {address}", hint=hint)
    return mailbox


def require_free(accounts: AccountRepository, address: EmailAddress) -> None:
    """An address is a mailbox or an alias, never both.

    Raises:
        AlreadyExists: ``address`` is one already.
    """
    for kind, found in (("mailbox", accounts.mailbox(address)), ("alias", accounts.alias(address))):
        if found is not None:
            raise AlreadyExists(
                f"{address} is {'a' if kind == 'mailbox' else 'an'} {kind} already",
                hint=f"machiya {kind} show {address} tells about it; machiya {kind} change changes it.",
            )


def require_known(accounts: AccountRepository, target: EmailAddress, what: str) -> None:
    """``target`` must be a mailbox or alias of this house, with or without a tag.

    Raises:
        InvalidInput: it is in a domain outside.
        NotFound: the domain is ours, but there is no such address.
    """
    if accounts.domain(target.domain) is None:
        raise InvalidInput(
            f"{what} {target} is outside of this house",
            hint="The relay refuses mail under a stranger's address as it is. Name a mailbox here, and let that one "
            "forward it: machiya mailbox forward.",
        )
    if not any(accounts.mailbox(found) or accounts.alias(found) for found in (target, target.untagged)):
        raise NotFound(
            f"{what} {target} is neither a mailbox nor an alias here",
            hint=f"Add it first: machiya mailbox add {target}",
        )


def check_mailbox_name(address: EmailAddress) -> None:
    """A mailbox is also a folder and a log-in name: plain ASCII, and ``+`` starts a tag.

    Raises:
        InvalidInput: another character is in it.
    """
    if "+" in address.local:
        raise InvalidInput(
            f"a mailbox name cannot contain +: {address}",
            hint=f"Mail for a +tag reaches the mailbox without it by itself: add {address.untagged}.",
        )
    if not _MAILBOX_LOCAL.fullmatch(address.local):
        raise InvalidInput(
            f"a mailbox name cannot look like this: {address}",
            hint="Letters a-z, digits and . _ - work. For any other spelling add an alias to the mailbox.",
        )


def check_quota(quota_bytes: int) -> None:
    """0 means no quota.

    Raises:
        InvalidInput: negative.
    """
    if quota_bytes < 0:
        raise InvalidInput(f"a quota cannot be negative: {quota_bytes}", hint="Write 0 for no quota, or e.g. 2 GiB.")
