"""The published address table as the mail API uses it: in memory, read again when the accounts have changed."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from machiya.accounts.address_table import AddressTable
from machiya.accounts.ports import AccountRepository, AccountsUnitOfWork
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Unavailable
from machiya.core.recipients import Resolution

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Made:
    """What one version of the accounts says."""

    version: int
    table: AddressTable
    quotas: Mapping[EmailAddress, int]


class AddressSnapshot:
    """Satisfies ``mail.ports.RecipientDirectory`` and mail's directories for the way out; any thread may ask.

    Args:
        open_work: makes a (read-only) unit of work.
        owner: who runs the house; tells which domain is meant where none is named.
    """

    def __init__(self, open_work: Callable[[], AccountsUnitOfWork], owner: EmailAddress | None = None) -> None:
        self._open_work = open_work
        self._owner = owner
        self._lock = threading.Lock()
        self._made: _Made | None = None
        self._illness: Unavailable | None = None

    @property
    def table(self) -> AddressTable:
        """The table as it is now.

        Raises:
            Unavailable: the database could not be read yet.
        """
        made = self._made
        if made is None:
            raise Unavailable("the address table has not been read yet", hint="Is the database up?")
        return made.table

    def resolve(self, recipient: EmailAddress) -> Resolution:
        """Which mailboxes get mail for ``recipient``; from memory, never blocks.

        Raises:
            Unavailable: the database could not be read yet.
        """
        return self.table.resolve(recipient)

    def postmaster(self) -> EmailAddress | None:
        """Who is meant by ``postmaster`` without a domain; from memory.

        Raises:
            Unavailable: the database could not be read yet.
        """
        return self.table.postmaster()

    def may_send(self, login: EmailAddress, sender: EmailAddress) -> bool:
        """Whether ``sender`` is an address of the mailbox ``login``; from memory.

        Raises:
            Unavailable: the database could not be read yet.
        """
        return self.table.may_send(login, sender)

    def is_own(self, domain: DomainName) -> bool:
        """Whether mail for ``domain`` belongs into this house; from memory.

        Raises:
            Unavailable: the database could not be read yet.
        """
        return self.table.is_own(domain)

    def quota_bytes(self, mailbox: EmailAddress) -> int:
        """What the mailbox may take, from memory; 0: no limit."""
        made = self._made
        return made.quotas.get(mailbox, 0) if made else 0

    def refresh(self) -> bool:
        """Make the table new if the accounts have changed; whether it did. A failing database keeps the last table.

        Raises:
            Unavailable: the database failed and there is no table to keep.
        """
        with self._lock:
            try:
                changed = self._read()
            except Unavailable as error:
                self._keep(error)
                return False
            self._illness = None
            return changed

    def renew(self) -> None:
        """Make the table new if the accounts have changed, now.

        Raises:
            Unavailable: the database failed.
        """
        self.refresh()
        if self._illness is not None:
            raise self._illness

    def _read(self) -> bool:
        with self._open_work() as work:
            # The version first: what is committed while the rest is read shows in the next one.
            version = work.accounts.version()
            if self._made is not None and self._made.version == version:
                return False
            made = _read(work.accounts, version, self._owner)
        self._made = made
        _log.info("accounts.table_made", version=version, addresses=len(made.table))
        return True

    def _keep(self, error: Unavailable) -> None:
        if self._illness is None:
            _log.warning("accounts.table_stale", reason=error.message)
        self._illness = error
        if self._made is None:
            raise error


def _read(accounts: AccountRepository, version: int, owner: EmailAddress | None) -> _Made:
    published = accounts.published()
    quotas = {mailbox.login: mailbox.quota_bytes for mailbox in published.mailboxes}
    return _Made(version, AddressTable.of(published.addresses, published.domains, owner), quotas)
