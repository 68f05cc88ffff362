"""What the accounts publish: one flattened address table, and who may log in.

The edge, mail-api, Postfix and Dovecot read this and nothing else. It is made in the transaction of every change, so
that nobody ever sees accounts and publication that disagree.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from machiya.accounts.flatten import Directory, Flat, flatten_all
from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.recipients import RefusalReason


@dataclass(frozen=True, slots=True)
class PublishedAddress:
    """Where mail goes for ``pattern``: an address, or ``@domain`` for the catch-all.

    ``entry`` is the address that decides: the address itself, or where the catch-all points. No ``mailboxes`` means
    that ``refusal`` says why. A ``+tag`` that has no pattern of its own is looked up without it, before the catch-all.
    """

    pattern: str
    entry: EmailAddress
    mailboxes: tuple[EmailAddress, ...]
    refusal: RefusalReason | None
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishedMailbox:
    """Who may log in, with what, and how much it may hold (0: no limit)."""

    login: EmailAddress
    password: str = field(repr=False)
    quota_bytes: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything published, each in a fixed order."""

    domains: tuple[DomainName, ...] = ()
    addresses: tuple[PublishedAddress, ...] = ()
    mailboxes: tuple[PublishedMailbox, ...] = ()

    @classmethod
    def of(
        cls,
        domains: Iterable[Domain],
        mailboxes: Iterable[Mailbox],
        aliases: Iterable[Alias],
        owner: EmailAddress | None = None,
    ) -> Self:
        """Flatten the accounts; ``owner`` gets the mail of ``postmaster@`` and ``abuse@`` where nobody else does."""
        houses, boxes = tuple(domains), tuple(mailboxes)
        directory = Directory.of(houses, boxes, aliases, owner)
        entries = flatten_all(directory)
        return cls.sorted(
            domains=(domain.name for domain in houses),
            addresses=(*_addresses(entries.values()), *_catch_alls(directory, entries)),
            mailboxes=(PublishedMailbox(box.address, box.password, box.quota_bytes, box.enabled) for box in boxes),
        )

    @classmethod
    def sorted(
        cls,
        domains: Iterable[DomainName],
        addresses: Iterable[PublishedAddress],
        mailboxes: Iterable[PublishedMailbox],
    ) -> Self:
        """In the fixed order, so that two publications can be compared."""
        return cls(
            tuple(sorted(domains)),
            tuple(sorted(addresses, key=lambda one: one.pattern)),
            tuple(sorted(mailboxes, key=lambda one: str(one.login))),
        )


def _addresses(entries: Iterable[Flat]) -> Iterator[PublishedAddress]:
    return (_published(str(flat.address), flat) for flat in entries)


def _catch_alls(directory: Directory, entries: dict[EmailAddress, Flat]) -> Iterator[PublishedAddress]:
    """A catch-all that points to nothing known is not published: the address is unknown then."""
    for domain, target in directory.catch_alls.items():
        entry = directory.entry_of(target)
        if entry is not None:
            yield _published(f"@{domain}", entries[entry])


def _published(pattern: str, flat: Flat) -> PublishedAddress:
    return PublishedAddress(pattern, flat.address, flat.mailboxes, flat.refusal, flat.path)
