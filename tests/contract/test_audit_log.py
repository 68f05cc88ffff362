"""The audit log in the two real databases: what they refuse, and what verifying finds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, exc, text

from contract.audit_steps import as_attacker, verified, write
from contract.conftest import DATABASES
from machiya.adapters.sql.engine import open_engine, sqlite_url


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, empty_database: Callable[[str], Engine]) -> Engine:
    return empty_database(request.param)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'cli:nobody' WHERE number = 2",
        "UPDATE audit_log SET number = 9 WHERE number = 2",
        "DELETE FROM audit_log WHERE number = 2",
        "DELETE FROM audit_log",
        "REPLACE INTO audit_log SELECT number, at, 'me', action, target, details, previous, hash FROM audit_log",
    ],
)
def test_rows_can_neither_be_changed_nor_deleted(engine: Engine, statement: str) -> None:
    write(engine, 3)
    with pytest.raises(exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert (verified(engine).intact, verified(engine).entries) == (True, 3)


TAMPERINGS: list[tuple[str, int]] = [
    ("UPDATE audit_log SET actor = 'cli:nobody' WHERE number = 3", 3),
    ("UPDATE audit_log SET at = '2026-11-23T12:00:00.000001Z' WHERE number = 3", 3),
    ('UPDATE audit_log SET details = \'{"quota": "0"}\' WHERE number = 3', 3),
    ("UPDATE audit_log SET target = 'U2@home.test' WHERE number = 3", 3),
    ("UPDATE audit_log SET hash = previous WHERE number = 3", 3),
    ("UPDATE audit_log SET previous = hash WHERE number = 3", 3),
    ("DELETE FROM audit_log WHERE number = 3", 3),
    ("DELETE FROM audit_log WHERE number = 1", 1),
    ("DELETE FROM audit_log WHERE number = 5", 5),
    ("DELETE FROM audit_log WHERE number > 2", 3),
    ("DELETE FROM audit_log", 1),
    ("DELETE FROM audit_head", 5),
    ("UPDATE audit_head SET hash = REPLACE(hash, 'a', 'b'), number = 4", 5),
]


@pytest.mark.parametrize(("statement", "bad"), TAMPERINGS)
def test_verify_names_the_first_bad_entry(engine: Engine, statement: str, bad: int) -> None:
    write(engine, 5)
    with as_attacker(engine) as connection:
        connection.execute(text(statement))
    assert verified(engine).bad_number == bad


def test_verify_finds_two_entries_that_changed_places(engine: Engine) -> None:
    write(engine, 5)
    with as_attacker(engine) as connection:
        for before, after in ((2, 99), (4, 2), (99, 4)):
            numbers = {"before": before, "after": after}
            connection.execute(text("UPDATE audit_log SET number = :after WHERE number = :before"), numbers)
    assert verified(engine).bad_number == 2


def test_the_house_goes_on_after_a_cut_and_the_break_stays_visible(engine: Engine) -> None:
    write(engine, 5)
    with as_attacker(engine) as connection:
        connection.execute(text("DELETE FROM audit_log WHERE number > 3"))
    write(engine, 2)
    verdict = verified(engine)
    assert (verdict.entries, verdict.head.number, verdict.bad_number) == (4, 7, 4)


def test_the_house_goes_on_without_a_head(engine: Engine) -> None:
    write(engine, 3)
    with as_attacker(engine) as connection:
        connection.execute(text("DELETE FROM audit_head"))
    write(engine, 1)
    assert verified(engine).bad_number == 4


TEXTS = ("at", "actor", "action", "target", "details", "previous", "hash")
READABLE = st.text(max_size=20).map(lambda drawn: drawn.encode("utf-8", "replace").decode())


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(1, 3),
    column=st.sampled_from(TEXTS),
    value=st.one_of(READABLE, st.binary(max_size=20), st.integers(0, 2**60)),
)
def test_any_other_value_in_any_field_is_found(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, number: int, column: str, value: str | bytes | int
) -> None:
    """Also bytes, numbers and NULs in columns of text: SQLite takes them all."""
    path = tmp_path_factory.mktemp("any") / "house.db"
    path.write_bytes(migrated_file.read_bytes())
    engine = open_engine(sqlite_url(path))
    write(engine, 3)
    with as_attacker(engine) as connection:
        change = text(f"UPDATE audit_log SET {column} = :value WHERE number = :number AND {column} <> :value")  # noqa: S608 – a name of ours
        changed = connection.execute(change, {"value": value, "number": number}).rowcount
    verdict = verified(engine)
    engine.dispose()
    path.unlink()
    assert verdict.bad_number == (number if changed else None)
