from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from machiya.adapters.sql.engine import for_writing, open_engine, sqlite_url
from machiya.core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)]
)
def test_open_engine_sets_up_every_sqlite_connection(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as one, engine.connect() as other:
        assert [c.scalar(text(f"PRAGMA {pragma}")) for c in (one, other)] == [value, value]


def test_open_engine_takes_any_path(tmp_path: Path) -> None:
    path = tmp_path / "家 with 100% odd? #name.db"
    made = open_engine(sqlite_url(path))
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    made.dispose()
    assert path.is_file()


def test_reading_transaction_leaves_the_write_lock_alone_and_sees_one_state(engine: Engine) -> None:
    row = text("INSERT INTO domains VALUES ('home.test', '2026', NULL)")
    count = text("SELECT count(*) FROM domains")
    with engine.begin() as reader, for_writing(engine).connect() as writer:
        assert reader.scalar(count) == 0
        writer.execute(row)
        writer.commit()
        assert reader.scalar(count) == 0
    with engine.begin() as reader:
        assert reader.scalar(count) == 1


def test_writing_transaction_takes_the_lock_at_once(engine: Engine) -> None:
    with for_writing(engine).begin() as writer, engine.connect() as other:
        assert writer.scalar(text("SELECT count(*) FROM domains")) == 0
        other.execute(text("PRAGMA busy_timeout=1"))
        with pytest.raises(Exception, match="locked"):
            other.execute(text("INSERT INTO domains VALUES ('home.test', '2026', NULL)"))


def test_an_error_does_not_tell_what_was_to_be_stored(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(OperationalError) as failed:
        connection.execute(text("INSERT INTO nowhere VALUES (:token)"), {"token": "abcde-fghjk"})
    assert "INSERT INTO nowhere" in str(failed.value)
    assert "abcde-fghjk" not in str(failed.value)


def test_ddl_is_rolled_back_with_its_transaction(engine: Engine) -> None:
    with for_writing(engine).connect() as connection:
        connection.execute(text("CREATE TABLE half_made (x)"))
        connection.rollback()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'half_made'")) == 0


@pytest.mark.parametrize(
    "url", ["mysql+pymysql://u:p@db/house", "mariadb+pymysql://u:p@db/house", "mysql://u:p@db/house"]
)
def test_open_engine_uses_pymysql_for_mariadb(url: str) -> None:
    made = open_engine(url)
    assert (made.dialect.name, made.dialect.driver) == ("mariadb", "pymysql")
    assert made.url.database == "house"


@pytest.mark.parametrize("url", ["postgresql://u:secret@db/house", "house.db", "", "oracle://x"])
def test_open_engine_refuses_other_databases_without_showing_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\[database\] url") as refused:
        open_engine(url)
    assert refused.value.hint
    assert "secret" not in refused.value.message
