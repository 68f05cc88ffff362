"""A migrated SQLite file for each test, copied from one made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from machiya.adapters.sql.engine import open_engine, sqlite_url
from machiya.adapters.sql.migrate import upgrade


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(sqlite_url(path))
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def database(migrated_file: Path, tmp_path: Path) -> Path:
    path = tmp_path / "house.db"
    path.write_bytes(migrated_file.read_bytes())
    return path


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(database))
    yield made
    made.dispose()
