"""A MariaDB server for the tests that only concern it; the contracts are in tests/contract."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from integration.mariadb_server import MariaDbServer
from machiya.adapters.sql.engine import open_engine


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDbServer]:
    with MariaDbServer() as server:
        yield server


@pytest.fixture
def url(mariadb: MariaDbServer) -> str:
    """An empty database."""
    return mariadb.new_database()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = open_engine(url)
    yield made
    made.dispose()
