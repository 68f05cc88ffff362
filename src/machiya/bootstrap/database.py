"""The database of the house and what is read and written through it."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.bootstrap.ground import Ground
from machiya.core.errors import Unavailable
from machiya.settings import DATABASE_NAME

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from machiya.access.audit import AuditNote
    from machiya.access.ports import AccessUnitOfWork
    from machiya.accounts.ports import AccountsUnitOfWork, WebmailPeople
    from machiya.accounts.published import HouseRules
    from machiya.core.addresses import EmailAddress
    from machiya.mail.ports import EdgeBook, LedgerTransactions, TraceReader

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py


SQLITE_SUFFIX = ".sqlite3"


class Database(Ground):
    """Transactions and questions of each room."""

    def prepare_storage(self) -> None:
        """Make the folders of every storage class and bring the database up to date."""
        for folder in (self.settings.storage.fast, self.mail_folder, self.hold_folder, self.run_folder):
            self._folder(folder)
        self.migrate()

    @cached_property
    def engine(self) -> "Engine":
        """The database.

        Raises:
            Unavailable: that of a house in containers, whose server does not run.
        """
        from machiya.adapters.sql.engine import open_engine

        if not self.database_stands:
            raise Unavailable("the database of this house does not run", hint="machiya up starts the house.")
        return open_engine(self._database_url())

    def _database_url(self) -> str:
        from machiya.adapters.sql.engine import sqlite_url

        if url := self.settings.database_url:
            return url
        self._folder(self.sqlite_file.parent)
        return sqlite_url(self.sqlite_file)

    @property
    def sqlite_file(self) -> Path:
        """The database of a house that has no server for it."""
        return self.settings.storage.fast / f"{DATABASE_NAME}{SQLITE_SUFFIX}"

    @property
    def in_containers(self) -> bool:
        """Whether the parts of this house run in containers."""
        return self.settings.house.engine == "docker"

    @property
    def database_stands(self) -> bool:
        """Whether it can be asked at all: that of a house in containers only while its server runs."""
        return not self.in_containers or bool(self.settings.database.url) or self.settings.database_socket.exists()

    def migrate(self) -> None:
        """Bring the database to this program's revision, and what is published to what the settings say.

        In a house in containers only root of this machine can do it.

        Raises:
            Refused: a newer Machiya has migrated it.
            Unavailable: it cannot be reached or written.
        """
        if self.in_containers:
            from machiya.bootstrap.mariadb import settle_database

            settle_database(self.settings)
        else:
            self._upgrade()
        self.publish()

    def _upgrade(self) -> None:
        from machiya.adapters.sql.engine import PATIENT_SECONDS, open_engine
        from machiya.adapters.sql.migrate import upgrade

        engine = open_engine(self._database_url(), answer_seconds=PATIENT_SECONDS)
        try:
            upgrade(engine)
        finally:
            engine.dispose()

    def ready_database(self) -> None:
        """For a part that uses the database: migrate it, or in a container, which may not, be sure that it is.

        Raises:
            Refused: another Machiya has migrated it, or nobody has.
            Unavailable: it cannot be reached or written.
        """
        if not self.in_containers:
            self.migrate()
            return
        from machiya.adapters.sql.migrate import require_current

        require_current(self.engine)
        self.publish()

    def publish(self) -> None:
        """Publish the accounts anew: the owner may be another one, or nothing has been published yet.

        Raises:
            Unavailable: the database cannot be reached or written.
        """
        with self.accounts_uow() as work:
            work.commit()

    def accounts_uow(self, *, read_only: bool = False, audit: "AuditNote | None" = None) -> "AccountsUnitOfWork":
        """One transaction over the accounts; ``audit`` is recorded in it when it changes something."""
        from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork

        return SqlAccountsUnitOfWork(
            self.engine, read_only=read_only, rules=self._house_rules(), audit=audit, clock=self.clock
        )

    def webmail_people(self) -> "WebmailPeople":
        """What webmail keeps of people, switched on or not any more: only root of this machine reaches it."""
        from machiya.accounts.webmail import NO_WEBMAIL
        from machiya.adapters.mariadb.administration import MariaDbAdministration
        from machiya.adapters.mariadb.roundcube import RoundcubePeople
        from machiya.bootstrap.mariadb import WEBMAIL_DATABASE

        if not self.in_containers:
            return NO_WEBMAIL
        return RoundcubePeople(MariaDbAdministration(self.settings.database_socket), WEBMAIL_DATABASE)

    def _house_rules(self) -> "HouseRules":
        from machiya.accounts.published import HouseRules

        return HouseRules(self._owner(), self.settings.mail.app_passwords_required)

    def access_uow(self, *, read_only: bool = False) -> "AccessUnitOfWork":
        """One transaction over administrators, sessions and the audit log."""
        from machiya.adapters.sql.access.unit_of_work import SqlAccessUnitOfWork

        return SqlAccessUnitOfWork(self.engine, read_only=read_only)

    def _owner(self) -> "EmailAddress | None":
        from machiya.core.addresses import EmailAddress

        owner = self.settings.house.owner
        return EmailAddress.parse(owner) if owner else None

    def ledger_transactions(self) -> "LedgerTransactions":
        """The ledger's writer; close it."""
        from machiya.adapters.sql.group_commit import GroupCommit

        return GroupCommit(self.engine)

    def trace_reader(self) -> "TraceReader":
        """Questions about journeys."""
        from machiya.adapters.sql.trace_reader import SqlTraceReader

        return SqlTraceReader(self.engine)

    def edge_book(self) -> "EdgeBook":
        """What the house knows of the edge."""
        from machiya.adapters.sql.edge_book import SqlEdgeBook

        return SqlEdgeBook(self.engine)
