import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork
from machiya.adapters.sql.engine import open_engine, sqlite_url
from machiya.adapters.sql.migrate import DatabaseTooNew, DatabaseTooOld, require_current, upgrade
from machiya.adapters.sql.tables import metadata
from machiya.core.errors import Unavailable


@pytest.fixture
def empty(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "empty.db")


def dump(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())


def test_upgrade_makes_every_table_of_the_model(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_upgrade_twice_changes_nothing(engine: Engine, database: Path) -> None:
    before = dump(database)
    upgrade(engine)
    require_current(engine)
    assert dump(database) == before


def test_upgrade_by_several_at_once_happens_once(empty: str) -> None:
    engines = [open_engine(empty) for _ in range(4)]
    barrier, failures = threading.Barrier(4), []

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


def test_upgrade_refuses_a_newer_database_and_leaves_it(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (upgrade, require_current):
        with pytest.raises(DatabaseTooNew, match="9999") as refused:
            act(engine)
        assert "newer Machiya" in refused.value.hint
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_require_current_of_an_empty_database_says_what_to_do(empty: str) -> None:
    engine = open_engine(empty)
    with pytest.raises(DatabaseTooOld) as refused:
        require_current(engine)
    assert "machiya up" in refused.value.hint
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_upgrade_that_fails_leaves_nothing_behind(empty: str) -> None:
    engine = open_engine(empty)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE aliases (something_else TEXT)"))
        before = inspect(connection).get_table_names()
    with pytest.raises(Unavailable, match="domain"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == before
    engine.dispose()


def test_upgrade_of_a_house_with_people_in_it_leaves_their_log_in_as_it_was(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("app_password_uses", "app_passwords", "published_app_passwords"):
            connection.execute(text(f"DROP TABLE {table}"))
        for table in ("mailboxes", "published_mailboxes"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN app_passwords_required"))
        connection.execute(text("INSERT INTO domains VALUES ('home.test', '2026-11-23 12:00:00.000000', NULL)"))
        connection.execute(
            text("INSERT INTO mailboxes SELECT 'taro@home.test', name, created_at, '{ARGON2ID}x', 0, 1 FROM domains")
        )
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    upgrade(engine)
    with SqlAccountsUnitOfWork(engine) as work:
        work.commit()
        [box] = work.accounts.published().mailboxes
    assert (str(box.login), box.password, box.app_passwords_required) == ("taro@home.test", "{ARGON2ID}x", False)
