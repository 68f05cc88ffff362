"""What the accounts room needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Protocol

from machiya.accounts.model import Alias, AppPassword, Domain, Mailbox
from machiya.accounts.published import Publication
from machiya.accounts.rules.model import PublishedScript, Rules
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.unit_of_work import UnitOfWork


class AccountRepository(Protocol):
    """Domains, mailboxes, app passwords and aliases inside one transaction. Lists are sorted by name or address."""

    def domains(self) -> tuple[Domain, ...]:
        """All domains."""

    def domain(self, name: DomainName) -> Domain | None:
        """One domain."""

    def save_domain(self, domain: Domain) -> None:
        """Insert or update."""

    def remove_domain(self, name: DomainName) -> None:
        """Delete; its mailboxes and aliases must be gone."""

    def mailboxes(self, domain: DomainName | None = None) -> tuple[Mailbox, ...]:
        """All mailboxes, or those of one domain."""

    def mailbox(self, address: EmailAddress) -> Mailbox | None:
        """One mailbox."""

    def save_mailbox(self, mailbox: Mailbox) -> None:
        """Insert or update."""

    def remove_mailbox(self, address: EmailAddress) -> None:
        """Delete the row and its app passwords; the mail is the business of ``MailboxFiles``."""

    def app_passwords(self, mailbox: EmailAddress) -> tuple[AppPassword, ...]:
        """Those of one mailbox, oldest first, each with its last use."""

    def save_app_password(self, app_password: AppPassword) -> None:
        """Insert or update; the last use is not written, it is noted where mail programs log in.

        Raises:
            Conflict: its mailbox is not there.
        """

    def remove_app_password(self, app_password: AppPassword) -> None:
        """Delete, and what is known of its use."""

    def aliases(self, domain: DomainName | None = None) -> tuple[Alias, ...]:
        """All aliases, or those of one domain."""

    def alias(self, address: EmailAddress) -> Alias | None:
        """One alias."""

    def save_alias(self, alias: Alias) -> None:
        """Insert or update with all its targets."""

    def remove_alias(self, address: EmailAddress) -> None:
        """Delete with its targets."""

    def rules(self, address: EmailAddress) -> Rules | None:
        """The rules of one mailbox; None: it has none."""

    def all_rules(self) -> tuple[Rules, ...]:
        """Those of every mailbox that has any."""

    def save_rules(self, rules: Rules) -> None:
        """Insert or update; empty ones are removed. They go with their mailbox."""

    def published(self) -> Publication:
        """What the last commit published."""

    def published_scripts(self) -> tuple[PublishedScript, ...]:
        """What it published for Dovecot."""

    def version(self) -> int:
        """Grows with every committed change: the address table is stale when it differs."""


class Sessions(Protocol):
    """What mail programs have open."""

    def end(self, mailboxes: Sequence[EmailAddress]) -> None:
        """Log out every mail program that is logged in as one of ``mailboxes``.

        Raises:
            Unavailable: the server of the mail programs does not say that it did.
        """


class WebmailPeople(Protocol):
    """What webmail keeps of the owners of mailboxes: contacts, identities, settings."""

    def forget(self, mailboxes: Sequence[EmailAddress]) -> None:
        """Delete it; who is logged in to webmail as one of ``mailboxes`` is logged out by that.

        Raises:
            Unavailable: it could not be deleted; all of it is there.
        """


class AccountsUnitOfWork(UnitOfWork, Protocol):
    """One transaction over the accounts; ``commit`` publishes what they say then, in the same transaction."""

    @property
    def accounts(self) -> AccountRepository:
        """The repository of this transaction."""


class PasswordHasher(Protocol):
    """Makes stored passwords."""

    def hash(self, password: str) -> str:
        """Dovecot's ``{ARGON2ID}…`` form."""

    def verify(self, stored: str, password: str) -> bool:
        """Whether ``password`` is the one behind ``stored``; constant time, false for an empty ``stored``."""


class MailboxFiles(Protocol):
    """The mail behind a mailbox, on disk."""

    def usage_bytes(self, address: EmailAddress) -> int:
        """What its messages take."""

    def message_count(self, address: EmailAddress) -> int:
        """How many messages it holds, all folders."""

    def require_movable(self) -> None:
        """Go on only where ``retire`` can move mail.

        Raises:
            Refused: from here nothing can be moved.
        """

    def retire(self, address: EmailAddress) -> PurePath | None:
        """Move the mail aside, never delete it; where it is now, or None if there was none."""

    def retired_since(self, address: EmailAddress, since: datetime) -> tuple[PurePath, ...]:
        """Where mail of ``address`` lies that was moved aside at ``since`` or later, oldest first."""
