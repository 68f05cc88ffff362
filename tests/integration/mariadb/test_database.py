"""What only MariaDB can get wrong."""

import asyncio
import gc
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from integration.mariadb_server import MariaDbServer
from machiya.accounts.model import Domain, Mailbox
from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork
from machiya.adapters.sql.engine import open_engine
from machiya.adapters.sql.group_commit import GroupCommit
from machiya.adapters.sql.migrate import DatabaseTooNew, DatabaseTooOld, require_current, upgrade
from machiya.adapters.sql.tables import metadata
from machiya.adapters.sql.trace_reader import SqlTraceReader
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Unavailable
from machiya.core.identifiers import new_delivery_id
from machiya.mail.model import TraceEvent
from machiya.mail.ports import Ledger

pytestmark = pytest.mark.mariadb

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOME = DomainName("home.test")


def test_upgrade_makes_every_table_of_the_model(engine: Engine) -> None:
    upgrade(engine)
    upgrade(engine)
    require_current(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_every_text_column_compares_byte_by_byte(engine: Engine) -> None:
    upgrade(engine)
    query = text(
        "SELECT DISTINCT character_set_name, collation_name FROM information_schema.columns "
        "WHERE table_schema = DATABASE() AND collation_name IS NOT NULL AND table_name <> 'alembic_version'"
    )
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [("utf8mb4", "utf8mb4_bin")]


def test_upgrade_goes_on_after_a_migration_that_was_cut_off(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("DROP TABLE edge_accepted"))
        connection.execute(text("DROP INDEX ix_trace_events_delivery_id ON trace_events"))
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrade_by_several_at_once_happens_once(url: str) -> None:
    engines = [open_engine(url) for _ in range(4)]
    barrier = threading.Barrier(4)
    failures: list[Exception] = []

    def run(engine: Engine) -> None:
        barrier.wait()
        try:
            upgrade(engine)
        except Exception as error:  # noqa: BLE001 – whatever it is, the test must hear of it
            failures.append(error)

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    require_current(engines[0])
    for engine in engines:
        engine.dispose()


def test_newer_and_older_databases_are_refused(engine: Engine) -> None:
    with pytest.raises(DatabaseTooOld):
        require_current(engine)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew):
        upgrade(engine)


def add_next(engine: Engine, times: int) -> None:
    """Count, then add one named by the count: two writers that overlap would choose the same name."""
    for _ in range(times):
        with SqlAccountsUnitOfWork(engine) as work:
            count = len(work.accounts.mailboxes())
            work.accounts.save_mailbox(Mailbox(EmailAddress(f"u{count}", HOME), NOON))
            work.commit()


def test_writers_stand_in_line(engine: Engine) -> None:
    upgrade(engine)
    with SqlAccountsUnitOfWork(engine) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.commit()
    threads = [threading.Thread(target=add_next, args=(engine, 10)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with SqlAccountsUnitOfWork(engine, read_only=True) as work:
        assert len(work.accounts.mailboxes()) == 30
        assert work.accounts.version() == 31


def test_every_connection_is_strict_and_read_committed(engine: Engine) -> None:
    with engine.connect() as connection:
        mode, isolation, charset = connection.execute(
            text("SELECT @@sql_mode, @@tx_isolation, @@character_set_client")
        ).one()
    assert "STRICT_ALL_TABLES" in mode
    assert (isolation, charset) == ("READ-COMMITTED", "utf8mb4")


# PyMySQL leaves a unix socket that it could not connect to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_server_that_is_gone_is_unavailable_and_comes_back(mariadb: MariaDbServer, engine: Engine) -> None:
    upgrade(engine)
    delivery = new_delivery_id(NOON)

    def note(ledger: Ledger) -> None:
        ledger.add_events([TraceEvent(delivery, NOON, "kind")])

    with closing(GroupCommit(engine)) as group:
        asyncio.run(group.run(note))
        mariadb.stop()
        try:
            with pytest.raises(Unavailable, match="cannot be reached"):
                asyncio.run(group.run(note))
            with pytest.raises(Unavailable, match="cannot be reached"), SqlAccountsUnitOfWork(engine):
                pass
        finally:
            mariadb.start()
        asyncio.run(group.run(note))
    assert len(SqlTraceReader(engine).events(delivery)) == 2
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_server_that_is_frozen_is_given_up_and_comes_back(mariadb: MariaDbServer, url: str, engine: Engine) -> None:
    upgrade(engine)
    hasty = open_engine(url, answer_seconds=3)
    delivery = new_delivery_id(NOON)

    async def note(group: GroupCommit, kind: str) -> None:
        await group.run(lambda ledger: ledger.add_events([TraceEvent(delivery, NOON, kind)]))

    async def note_in_the_end(group: GroupCommit, kind: str) -> None:
        """On a slow machine one answer may take longer than it may, above all when there is much to catch up with."""
        for _ in range(60):
            try:
                return await note(group, kind)
            except Unavailable:
                await asyncio.sleep(0.5)
        raise AssertionError("not well")

    with closing(GroupCommit(hasty)) as group:
        asyncio.run(note_in_the_end(group, "before"))
        with mariadb.frozen():
            with pytest.raises(Unavailable, match="cannot be reached"):
                asyncio.run(asyncio.wait_for(note(group, "meanwhile"), 120))
            with pytest.raises(Unavailable, match="cannot be reached"), SqlAccountsUnitOfWork(hasty):
                pass
        asyncio.run(note_in_the_end(group, "after"))
    assert {event.kind for event in SqlTraceReader(engine).events(delivery)} == {"before", "after"}
    hasty.dispose()
    gc.collect()


def test_connection_killed_in_the_middle_fails_its_batch_only(engine: Engine, mariadb: MariaDbServer) -> None:
    upgrade(engine)
    delivery = new_delivery_id(NOON)

    def killed(ledger: Ledger) -> None:
        ledger.add_events([TraceEvent(delivery, NOON, "lost")])
        cursor = ledger._cursor  # type: ignore[attr-defined]
        cursor.execute("SELECT CONNECTION_ID()")
        mariadb.say(f"KILL {cursor.fetchone()[0]}")
        ledger.add_events([TraceEvent(delivery, NOON, "lost too")])

    with closing(GroupCommit(engine)) as group:
        with pytest.raises(Unavailable):
            asyncio.run(group.run(killed))
        asyncio.run(group.run(lambda ledger: ledger.add_events([TraceEvent(delivery, NOON, "kept")])))
    assert [event.kind for event in SqlTraceReader(engine).events(delivery)] == ["kept"]


def test_wrong_password_is_named_as_such(mariadb: MariaDbServer, url: str) -> None:
    mariadb.say("CREATE USER IF NOT EXISTS house@localhost IDENTIFIED BY 'right'")
    engine = open_engine(url.replace("root@", "house:wrong@"))
    with pytest.raises(Unavailable, match="refused the log-in") as refused:
        upgrade(engine)
    assert "wrong" not in refused.value.message
    engine.dispose()


def test_search_uses_an_index_in_every_branch(engine: Engine) -> None:
    upgrade(engine)
    for column in ("delivery_id", "message_id", "sender_key", "recipient_key"):
        with engine.connect() as connection:
            plan = connection.execute(
                text(f"EXPLAIN SELECT delivery_id FROM deliveries WHERE {column} = 'x'")  # noqa: S608 – fixed names
            ).one()
        assert plan.key or plan.Extra.startswith("Impossible WHERE"), column
