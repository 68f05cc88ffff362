"""What usermgmt may do in the database, table by table."""

from machiya.adapters.mariadb.users import PRIVILEGES, READ_AND_WRITE, USERMGMT, USERMGMT_NEVER
from machiya.adapters.sql.tables import metadata


def test_every_table_is_thought_of() -> None:
    """A new table: name it in USERMGMT with what its pages do there, or in USERMGMT_NEVER."""
    known = set(metadata.tables) | {"alembic_version"}
    assert set(USERMGMT) | USERMGMT_NEVER == known
    assert not set(USERMGMT) & USERMGMT_NEVER


def test_the_audit_log_is_added_to_and_read() -> None:
    assert USERMGMT["audit_log"] == {"SELECT", "INSERT"}


def test_nobody_may_change_the_shape_of_the_house_s_tables() -> None:
    for user in ("machiya", "usermgmt"):
        assert all(privileges <= READ_AND_WRITE for privileges in PRIVILEGES[user].values())
