"""The password of the house's own database user is not enough to change what the audit log says."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, exc, make_url, text

from integration.mariadb_server import MariaDbServer
from machiya.access.audit import AuditNote, record
from machiya.access.verifying import verify
from machiya.adapters.mariadb.administration import MariaDbAdministration
from machiya.adapters.mariadb.users import DatabaseUser
from machiya.adapters.sql.access.unit_of_work import SqlAccessUnitOfWork
from machiya.adapters.sql.engine import open_engine
from machiya.adapters.sql.migrate import upgrade

pytestmark = pytest.mark.mariadb

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSWORD = "m" * 43


@pytest.fixture
def as_machiya(mariadb: MariaDbServer) -> Iterator[Engine]:
    """Logged in as mail-api is, in a database that its administrator has migrated."""
    administration = MariaDbAdministration(mariadb.socket)
    administration.create_database("audited")
    url = f"mysql+pymysql://root@localhost/audited?unix_socket={mariadb.socket}"
    root = open_engine(url)
    upgrade(root)
    root.dispose()
    administration.settle_access("audited", (DatabaseUser("machiya", ("localhost",), PASSWORD),))
    engine = open_engine(make_url(url).set(username="machiya", password=PASSWORD).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    mariadb.drop_database(url)
    gc.collect()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'cli:nobody'",
        "DELETE FROM audit_log",
        "REPLACE INTO audit_log SELECT number, at, 'me', action, target, details, previous, hash FROM audit_log",
        "INSERT INTO audit_log SELECT * FROM (SELECT * FROM audit_log) x ON DUPLICATE KEY UPDATE actor = 'me'",
        "TRUNCATE audit_log",
        "DROP TABLE audit_log",
        "ALTER TABLE audit_log DROP COLUMN actor",
        "DROP TRIGGER audit_log_no_update",
        "CREATE TRIGGER mine BEFORE INSERT ON audit_log FOR EACH ROW SET NEW.actor = 'me'",
    ],
)
def test_the_user_of_the_house_can_append_and_nothing_else(as_machiya: Engine, statement: str) -> None:
    with SqlAccessUnitOfWork(as_machiya) as work:
        for number in range(3):
            record(work.audit, NOON, AuditNote("cli:root", "domain.add", f"d{number}.test"))
        work.commit()
    with pytest.raises(exc.DBAPIError, match=r"append-only|denied"), as_machiya.begin() as connection:
        connection.execute(text(statement))
    with SqlAccessUnitOfWork(as_machiya, read_only=True) as work:
        verdict = verify(work.audit.every(), work.audit.head())
    assert (verdict.intact, verdict.entries) == (True, 3)
