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
    """Who may log in, with what, and how much it may hold (0: no limit).

    ``app_passwords_required``, by the mailbox or by the house: mail programs may not log in with ``password``.
    """

    login: EmailAddress
    password: str = field(repr=False)
    quota_bytes: int
    enabled: bool
    app_passwords_required: bool = False


@dataclass(frozen=True, slots=True)
class PublishedAppPassword:
    """A further password of an enabled mailbox, by its digest."""

    login: EmailAddress
    digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What the settings say about all accounts.

    ``owner`` gets the mail of ``postmaster@`` and ``abuse@`` where nobody else does.
    """

    owner: EmailAddress | None = None
    app_passwords_required: bool = False


NO_RULES = HouseRules()


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything published, each in a fixed order."""

    domains: tuple[DomainName, ...] = ()
    addresses: tuple[PublishedAddress, ...] = ()
    mailboxes: tuple[PublishedMailbox, ...] = ()
    app_passwords: tuple[PublishedAppPassword, ...] = ()

    @classmethod
    def of(
        cls,
        domains: Iterable[Domain],
        mailboxes: Iterable[Mailbox],
        aliases: Iterable[Alias],
        rules: HouseRules = NO_RULES,
        app_passwords: Iterable[PublishedAppPassword] = (),
    ) -> Self:
        """Flatten the accounts; of ``app_passwords``, which are all there are, those of enabled mailboxes."""
        houses, boxes = tuple(domains), tuple(mailboxes)
        directory = Directory.of(houses, boxes, aliases, rules.owner)
        entries = flatten_all(directory)
        return cls.sorted(
            domains=(domain.name for domain in houses),
            addresses=(*_addresses(entries.values()), *_catch_alls(directory, entries)),
            mailboxes=(_mailbox(box, rules) for box in boxes),
            app_passwords=_of_enabled(boxes, app_passwords),
        )

    @classmethod
    def sorted(
        cls,
        domains: Iterable[DomainName],
        addresses: Iterable[PublishedAddress],
        mailboxes: Iterable[PublishedMailbox],
        app_passwords: Iterable[PublishedAppPassword],
    ) -> Self:
        """In the fixed order, so that two publications can be compared."""
        return cls(
            tuple(sorted(domains)),
            tuple(sorted(addresses, key=lambda one: one.pattern)),
            tuple(sorted(mailboxes, key=lambda one: str(one.login))),
            tuple(sorted(app_passwords, key=lambda one: (str(one.login), one.digest))),
        )


def _mailbox(box: Mailbox, rules: HouseRules) -> PublishedMailbox:
    required = box.app_passwords_required or rules.app_passwords_required
    return PublishedMailbox(box.address, box.password, box.quota_bytes, box.enabled, required)


def _of_enabled(
    boxes: Iterable[Mailbox], app_passwords: Iterable[PublishedAppPassword]
) -> Iterator[PublishedAppPassword]:
    enabled = {box.address for box in boxes if box.enabled}
    return (one for one in app_passwords if one.login in enabled)


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
