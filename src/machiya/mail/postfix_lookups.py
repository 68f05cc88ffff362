"""What Postfix asks of the address table: is this domain ours, which mailboxes are meant, is there such a mailbox."""

from collections.abc import Callable, Mapping

from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import InvalidAddress
from machiya.mail.outgoing_ports import LocalDirectory

Lookup = Callable[[LocalDirectory, str], str]


def look_up(directory: LocalDirectory, table: str, key: str) -> str | None:
    """The answer of ``table`` for ``key``; None: there is none.

    ``domains`` knows the house's domains (virtual_mailbox_domains), ``aliases`` turns any address into its mailboxes
    (virtual_alias_maps), ``mailboxes`` knows the addresses that lead somewhere (virtual_mailbox_maps).

    Raises:
        Unavailable: the address table has not been read yet.
    """
    lookup = _TABLES.get(table)
    try:
        return (lookup(directory, key) or None) if lookup else None
    except InvalidAddress:
        return None


def _domains(directory: LocalDirectory, key: str) -> str:
    domain = DomainName.parse(key)
    return domain.name if directory.is_own(domain) else ""


def _aliases(directory: LocalDirectory, key: str) -> str:
    address = EmailAddress.parse(key)
    mailboxes = directory.resolve(address).mailboxes if directory.is_own(address.domain) else ()
    return ", ".join(map(str, mailboxes))


def _mailboxes(directory: LocalDirectory, key: str) -> str:
    return "there" if _aliases(directory, key) else ""


_TABLES: Mapping[str, Lookup] = {"domains": _domains, "aliases": _aliases, "mailboxes": _mailboxes}
