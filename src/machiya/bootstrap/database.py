"""The database of the house and what is read and written through it."""

from functools import cached_property
from typing import TYPE_CHECKING

from machiya.bootstrap.ground import Ground

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from machiya.accounts.ports import AccountsUnitOfWork
    from machiya.mail.ports import EdgeBook, LedgerTransactions, TraceReader

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py


class Database(Ground):
    """Transactions and questions of each room."""

    def prepare_storage(self) -> None:
        """Make the folders of every storage class and bring the database up to date."""
        for folder in (self.settings.storage.fast, self.mail_folder, self.hold_folder, self.run_folder):
            self._folder(folder)
        self.migrate()

    @cached_property
    def engine(self) -> "Engine":
        """The database."""
        from machiya.adapters.sql.engine import open_engine, sqlite_url

        url = self.settings.database_url
        return open_engine(url or sqlite_url(self._folder(self.settings.storage.fast) / "machiya.sqlite3"))

    def migrate(self) -> None:
        """Bring the database to this program's revision.

        Raises:
            Refused: a newer Machiya has migrated it.
            Unavailable: it cannot be reached or written.
        """
        from machiya.adapters.sql.migrate import upgrade

        upgrade(self.engine)

    def accounts_uow(self, *, read_only: bool = False) -> "AccountsUnitOfWork":
        """One transaction over the accounts."""
        from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork

        return SqlAccountsUnitOfWork(self.engine, read_only=read_only)

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
