"""Domains, mailboxes, app passwords and aliases in the database."""

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, Row, Table, delete, insert, select

from machiya.access.audit import AuditNote, record
from machiya.accounts.model import Alias, AppPassword, Domain, Mailbox
from machiya.accounts.published import NO_RULES, HouseRules, Publication
from machiya.adapters.sql import app_passwords
from machiya.adapters.sql.access.audit import SqlAuditRepository
from machiya.adapters.sql.access.mailbox_owners import forget_mailbox_owner
from machiya.adapters.sql.engine import for_writing
from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.published import read_publication, write_publication
from machiya.adapters.sql.rules import RulesRows
from machiya.adapters.sql.statements import upsert
from machiya.adapters.sql.tables.accounts import accounts_version, alias_targets, aliases, domains, mailboxes
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock, SystemClock

_VERSION_ROW = 1


class SqlAccountRepository(RulesRows):
    """``AccountRepository`` on one connection; ``changed`` says whether anything was written."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.changed = False

    def domains(self) -> tuple[Domain, ...]:
        """All domains."""
        return tuple(_domain(row) for row in self._rows(select(domains).order_by(domains.c.name)))

    def domain(self, name: DomainName) -> Domain | None:
        """One domain."""
        return next((_domain(row) for row in self._rows(select(domains).where(domains.c.name == name))), None)

    def save_domain(self, domain: Domain) -> None:
        """Insert or update."""
        values = {"name": domain.name, "created_at": domain.created_at, "catch_all": domain.catch_all}
        self._write(upsert(domains, self._connection.dialect), values)

    def remove_domain(self, name: DomainName) -> None:
        """Delete; its mailboxes and aliases must be gone.

        Raises:
            Conflict: they are not.
        """
        self._write(delete(domains).where(domains.c.name == name))

    def mailboxes(self, domain: DomainName | None = None) -> tuple[Mailbox, ...]:
        """All mailboxes, or those of one domain."""
        return tuple(_mailbox(row) for row in self._rows(_of(mailboxes, domain)))

    def mailbox(self, address: EmailAddress) -> Mailbox | None:
        """One mailbox."""
        found = self._rows(select(mailboxes).where(mailboxes.c.address == address))
        return next((_mailbox(row) for row in found), None)

    def save_mailbox(self, mailbox: Mailbox) -> None:
        """Insert or update.

        Raises:
            Conflict: its domain is not there.
        """
        values = {
            "address": mailbox.address,
            "domain": mailbox.address.domain,
            "created_at": mailbox.created_at,
            "password": mailbox.password,
            "quota_bytes": mailbox.quota_bytes,
            "enabled": mailbox.enabled,
            "app_passwords_required": mailbox.app_passwords_required,
        }
        self._write(upsert(mailboxes, self._connection.dialect), values)

    def remove_mailbox(self, address: EmailAddress) -> None:
        """Delete the row, its app passwords, and what its owner logged in with."""
        self._write(delete(mailboxes).where(mailboxes.c.address == address))
        with translating():
            forget_mailbox_owner(self._connection, str(address))

    def app_passwords(self, mailbox: EmailAddress) -> tuple[AppPassword, ...]:
        """Those of one mailbox, oldest first, each with its last use."""
        return app_passwords.of_rows(self._rows(app_passwords.with_uses(mailbox)))

    def save_app_password(self, app_password: AppPassword) -> None:
        """Insert or update; the last use is not written.

        Raises:
            Conflict: its mailbox is not there.
        """
        self._write(upsert(app_passwords.TABLE, self._connection.dialect), app_passwords.values_of(app_password))

    def remove_app_password(self, app_password: AppPassword) -> None:
        """Delete, and what is known of its use."""
        self._write(delete(app_passwords.TABLE).where(app_passwords.TABLE.c.id == app_password.id))

    def aliases(self, domain: DomainName | None = None) -> tuple[Alias, ...]:
        """All aliases, or those of one domain."""
        targets: dict[EmailAddress, list[EmailAddress]] = {}
        for row in self._rows(select(alias_targets).order_by(alias_targets.c.alias, alias_targets.c.position)):
            targets.setdefault(row.alias, []).append(row.target)
        return tuple(_alias(row, targets.get(row.address, ())) for row in self._rows(_of(aliases, domain)))

    def alias(self, address: EmailAddress) -> Alias | None:
        """One alias."""
        found = next(iter(self._rows(select(aliases).where(aliases.c.address == address))), None)
        if found is None:
            return None
        query = select(alias_targets).where(alias_targets.c.alias == address).order_by(alias_targets.c.position)
        return _alias(found, [row.target for row in self._rows(query)])

    def save_alias(self, alias: Alias) -> None:
        """Insert or update with all its targets.

        Raises:
            Conflict: its domain is not there.
        """
        values = {"address": alias.address, "domain": alias.address.domain, "created_at": alias.created_at}
        self._write(upsert(aliases, self._connection.dialect), values)
        self._write(delete(alias_targets).where(alias_targets.c.alias == alias.address))
        rows = [
            {"alias": alias.address, "position": position, "target": target}
            for position, target in enumerate(alias.targets)
        ]
        if rows:
            self._write(insert(alias_targets), rows)

    def remove_alias(self, address: EmailAddress) -> None:
        """Delete with its targets."""
        self._write(delete(aliases).where(aliases.c.address == address))

    def published(self) -> Publication:
        """What the last commit published."""
        with translating():
            return read_publication(self._connection)

    def publish(self, rules: HouseRules) -> None:
        """Publish what the rows say now; ``changed`` if that is something new."""
        digests = app_passwords.published(self._rows(app_passwords.DIGESTS))
        publication = Publication.of(self.domains(), self.mailboxes(), self.aliases(), rules, digests)
        with translating():
            self.changed |= write_publication(self._connection, publication)
        self.publish_scripts(publication)

    def version(self) -> int:
        """The counter that every changing transaction moves on."""
        with translating():
            return self._connection.scalar(select(accounts_version.c.version)) or 0

    def move_on(self) -> None:
        """Bump the counter, once a transaction."""
        columns = {"version": accounts_version.c.version + 1}
        statement = upsert(accounts_version, self._connection.dialect, columns)
        with translating():
            self._connection.execute(statement, {"id": _VERSION_ROW, "version": 1})

    def _rows(self, query: Any) -> Sequence[Row[Any]]:
        with translating():
            return self._connection.execute(query).all()

    def _write(self, statement: Any, values: Any = None) -> None:
        self.changed = True
        with translating():
            self._connection.execute(statement, values)


class SqlAccountsUnitOfWork:
    """``AccountsUnitOfWork``; not for two threads at once.

    Args:
        engine: from ``open_engine``.
        read_only: takes no write lock; saving is a mistake then. For the address snapshot and for listing.
        rules: what the settings say about all accounts.
        audit: recorded by the first ``commit`` that changes something, in the same transaction.
        clock: for that record.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        read_only: bool = False,
        rules: HouseRules = NO_RULES,
        audit: AuditNote | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._engine = engine if read_only else for_writing(engine)
        self._rules = rules
        self._audit = audit
        self._clock = clock or SystemClock()
        self._read_only = read_only
        self._connection: Connection | None = None
        self._accounts: SqlAccountRepository | None = None

    @property
    def accounts(self) -> SqlAccountRepository:
        """The repository of this transaction."""
        if self._accounts is None:
            raise _outside()
        return self._accounts

    def __enter__(self) -> Self:
        with translating():
            self._connection = self._engine.connect()
            try:
                self._begin(self._connection)
            except BaseException:
                self._connection.close()
                raise
        self._accounts = SqlAccountRepository(self._connection)
        return self

    def _begin(self, connection: Connection) -> None:
        connection.begin()
        if not self._read_only and connection.dialect.name != "sqlite":
            # Writers stand in line, as SQLite makes them: what a use case has checked stays true until it commits.
            statement = upsert(accounts_version, connection.dialect, {"id": accounts_version.c.id})
            connection.execute(statement, {"id": _VERSION_ROW, "version": 0})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection, self._accounts = self._connection, None, None
        if connection is not None:
            connection.close()

    def commit(self) -> None:
        """Publish, and make both durable.

        Raises:
            Unavailable: the database did not take it.
        """
        if self._connection is None:
            raise _outside()
        if noted := self.accounts.changed:
            self._check_writable()
            self._record(self._connection)
        if not self._read_only:
            self.accounts.publish(self._rules)
        if self.accounts.changed:
            self.accounts.move_on()
        with translating():
            self._connection.commit()
        if noted:
            self._audit = None  # an act in several steps is written down once, by the first that changes a row
        self.accounts.changed = False

    def _record(self, connection: Connection) -> None:
        if self._audit is not None:
            record(SqlAuditRepository(connection), self._clock.now(), self._audit)

    def _check_writable(self) -> None:
        if self._read_only:
            msg = "a change inside a read-only unit of work"
            raise RuntimeError(msg)


def _outside() -> RuntimeError:
    return RuntimeError("outside of the unit of work's with block")


def _of(table: Table, domain: DomainName | None) -> Any:
    query = select(table).order_by(table.c.address)
    return query if domain is None else query.where(table.c.domain == domain)


def _domain(row: Row[Any]) -> Domain:
    return Domain(name=row.name, created_at=row.created_at, catch_all=row.catch_all)


def _mailbox(row: Row[Any]) -> Mailbox:
    return Mailbox(
        address=row.address,
        created_at=row.created_at,
        password=row.password,
        quota_bytes=row.quota_bytes,
        enabled=row.enabled,
        app_passwords_required=row.app_passwords_required,
    )


def _alias(row: Row[Any], targets: Iterable[EmailAddress]) -> Alias:
    return Alias(address=row.address, targets=tuple(targets), created_at=row.created_at)
