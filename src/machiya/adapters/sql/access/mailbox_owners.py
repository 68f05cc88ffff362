"""What this room knows of a mailbox's owner ends with the mailbox: the next one of that name starts anew."""

from sqlalchemy import Connection, delete

from machiya.access.model import Who, WhoKind
from machiya.access.throttle import by_account, by_code
from machiya.adapters.sql.access.audit import SqlAuditRepository
from machiya.adapters.sql.access.rows import is_who
from machiya.adapters.sql.tables.access import (
    access_attempts,
    access_factors,
    access_recovery_codes,
    access_sessions,
)


def forget_mailbox_owner(connection: Connection, address: str) -> None:
    """Delete second factor, recovery codes, sessions and failed log-ins, in the transaction of its removal."""
    SqlAuditRepository(connection).lock_head()  # the order of locks of every writer of this room
    who = Who(WhoKind.MAILBOX, address)
    for table in (access_factors, access_recovery_codes, access_sessions):
        connection.execute(delete(table).where(is_who(table, who)))
    counted = (by_account(address).key, by_code(str(who)).key)
    connection.execute(delete(access_attempts).where(access_attempts.c.key.in_(counted)))
