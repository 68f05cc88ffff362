"""What a contract is kept by: a fake in memory, SQLite, and MariaDB (marker ``mariadb``)."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from contract.books import MailBooks
from fakes.access import AccessDatabase
from fakes.accounts import FakeAccounts, FakeAccountsUnitOfWork
from fakes.edge_book import FakeEdgeBook
from fakes.jobs import FakeJobBook
from fakes.ledger import FakeLedgerTransactions, FakeQuarantineBook, FakeTraceReader, LedgerData
from integration.mariadb_server import MariaDbServer
from machiya.access.ports import OpenWork
from machiya.accounts.ports import AccountsUnitOfWork
from machiya.adapters.sql.access.unit_of_work import SqlAccessUnitOfWork
from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork
from machiya.adapters.sql.edge_book import SqlEdgeBook
from machiya.adapters.sql.engine import open_engine, sqlite_url
from machiya.adapters.sql.group_commit import GroupCommit
from machiya.adapters.sql.jobs import SqlJobBook
from machiya.adapters.sql.migrate import upgrade
from machiya.adapters.sql.quarantine import SqlQuarantineBook
from machiya.adapters.sql.tables import metadata
from machiya.adapters.sql.tables.access import audit_log
from machiya.adapters.sql.trace_reader import SqlTraceReader
from machiya.jobs.ports import JobBook

DATABASES = ["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)]
KEEPERS = ["fake", *DATABASES]


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDbServer]:
    """The server of this test run."""
    with MariaDbServer() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_mariadb(mariadb: MariaDbServer) -> Iterator[Engine]:
    """One migrated database; DDL is slow there, so that tests share it and empty its tables."""
    engine = open_engine(mariadb.new_database())
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(sqlite_url(path))
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """A function from ``sqlite`` or ``mariadb`` to a migrated database without rows."""
    opened: list[Engine] = []

    def make(kind: str) -> Engine:
        if kind == "mariadb":
            engine: Engine = request.getfixturevalue("migrated_mariadb")
            with engine.begin() as connection:
                for table in reversed(metadata.sorted_tables):
                    # Of the append-only log no row can be deleted; its server's administrator can empty it.
                    emptied = text(f"TRUNCATE {table.name}") if table is audit_log else table.delete()
                    connection.execute(emptied)
            return engine
        path = tmp_path / "house.db"
        path.write_bytes(request.getfixturevalue("migrated_file").read_bytes())
        opened.append(open_engine(sqlite_url(path)))
        return opened[0]

    yield make
    for engine in opened:
        engine.dispose()


@pytest.fixture(params=KEEPERS)
def books(request: pytest.FixtureRequest, empty_database: Callable[[str], Engine]) -> Iterator[MailBooks]:
    """Ledger, trace and edge book, empty."""
    if request.param == "fake":
        data = LedgerData()
        yield MailBooks(
            FakeLedgerTransactions(data), FakeTraceReader(data), FakeEdgeBook(data), FakeQuarantineBook(data)
        )
        return
    engine = empty_database(request.param)
    with closing(GroupCommit(engine)) as ledger:
        yield MailBooks(ledger, SqlTraceReader(engine), SqlEdgeBook(engine), SqlQuarantineBook(engine))


@pytest.fixture(params=KEEPERS)
def open_work(
    request: pytest.FixtureRequest, empty_database: Callable[[str], Engine]
) -> Callable[[], AccountsUnitOfWork]:
    """Makes units of work over one set of accounts, empty at first."""
    if request.param == "fake":
        shared = FakeAccountsUnitOfWork(FakeAccounts())
        return lambda: shared
    engine = empty_database(request.param)
    return lambda: SqlAccountsUnitOfWork(engine)


@pytest.fixture(params=KEEPERS)
def open_access(request: pytest.FixtureRequest, empty_database: Callable[[str], Engine]) -> OpenWork:
    """Makes units of work over one set of administrators, sessions and audit entries, empty at first."""
    if request.param == "fake":
        return AccessDatabase()
    engine = empty_database(request.param)
    return lambda *, read_only=False: SqlAccessUnitOfWork(engine, read_only=read_only)


@pytest.fixture(params=KEEPERS)
def job_book(request: pytest.FixtureRequest, empty_database: Callable[[str], Engine]) -> JobBook:
    """Runs, schedules and alarms, empty."""
    return FakeJobBook() if request.param == "fake" else SqlJobBook(empty_database(request.param))
