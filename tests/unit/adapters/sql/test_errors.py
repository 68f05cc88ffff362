import sqlite3
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import Engine, exc, text

from machiya.adapters.sql.engine import for_writing, open_engine, sqlite_url
from machiya.adapters.sql.errors import is_illness, translate, translating
from machiya.core.errors import Conflict, Unavailable


def use(engine: Engine, *statements: str) -> None:
    try:
        with translating(), for_writing(engine).begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def test_full_disk_is_named_as_such(engine: Engine) -> None:
    with engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
    fill = "INSERT INTO domains VALUES (hex(randomblob(9000)), '2026', NULL)"
    with pytest.raises(Unavailable, match="the disk with the database is full") as full:
        use(engine, f"PRAGMA max_page_count={pages}", fill, fill)
    assert "Free space" in full.value.hint


def test_locked_database_is_named_as_such(engine: Engine, database: Path) -> None:
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout=1"))
    with pytest.raises(Unavailable, match="locked by another process"):
        use(engine, "SELECT 1")
    other.close()


def test_missing_folder_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened") as missing:
        use(open_engine(sqlite_url(tmp_path / "no" / "house.db")), "SELECT 1")
    assert "folder" in missing.value.hint


def test_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "house.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(Unavailable, match="damaged") as damaged:
        use(open_engine(sqlite_url(tmp_path / "house.db")), "SELECT 1")
    assert "backup" in damaged.value.hint


def test_read_only_database_is_named_as_such(engine: Engine) -> None:
    with pytest.raises(Unavailable, match="read-only"):
        use(engine, "PRAGMA query_only=ON", "DELETE FROM domains")


def test_database_without_tables_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no tables") as bare:
        use(open_engine(sqlite_url(tmp_path / "house.db")), "DELETE FROM domains")
    assert "machiya up" in bare.value.hint


def test_constraint_is_a_conflict(engine: Engine) -> None:
    row = "INSERT INTO domains VALUES ('home.test', '2026', NULL)"
    with pytest.raises(Conflict):
        use(engine, row, row)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1021, "full"), (1114, "full"), (3, "full"), (1205, "locked"), (1213, "locked"), (1290, "read-only"),
        (1045, "log-in"), (1049, "log-in"), (1146, "no tables"), (2003, "cannot be reached"),
        (2013, "cannot be reached"), (4711, "cannot be reached"),
    ],
)  # fmt: skip
def test_translate_of_mariadb_errors_says_what_happened(number: int, words: str) -> None:
    driver = pymysql.err.OperationalError(number, "server's words")
    for error in (driver, exc.OperationalError("SELECT 1", {}, driver)):
        meaning = translate(error)
        assert isinstance(meaning, Unavailable)
        assert words in meaning.message
        assert "server's words" in meaning.message
        assert meaning.hint
        assert not meaning.permanent


def test_translate_of_an_exhausted_pool_is_unavailable() -> None:
    assert isinstance(translate(exc.TimeoutError("pool")), Unavailable)


@pytest.mark.parametrize(
    ("error", "ill"),
    [
        (sqlite3.OperationalError("disk full"), True), (sqlite3.DatabaseError("malformed"), True),
        (sqlite3.IntegrityError("unique"), False), (sqlite3.DataError("too big"), False),
        (pymysql.err.OperationalError(2013, "gone"), True), (pymysql.err.InterfaceError(0, ""), True),
        (pymysql.err.IntegrityError(1062, "duplicate"), False), (pymysql.err.DataError(1406, "too long"), False),
        (exc.OperationalError("x", {}, sqlite3.OperationalError("locked")), True), (KeyError("x"), False),
    ],
)  # fmt: skip
def test_is_illness_tells_an_ill_database_from_a_bad_row(error: Exception, ill: bool) -> None:  # noqa: FBT001 – a parameter of the table
    assert is_illness(error) is ill
