"""What this room knows of a mailbox's owner ends with the mailbox: the next one of that name starts anew."""

from sqlalchemy import Connection, delete

from machiya.access.model import Who, WhoKind
from machiya.adapters.sql.access.audit import SqlAuditRepository
from machiya.adapters.sql.access.rows import is_who
from machiya.adapters.sql.tables.access import access_factors, access_recovery_codes, access_sessions


def forget_mailbox_owner(connection: Connection, address: str) -> None:
    """Delete second factor, recovery codes and sessions inside the transaction that removes the mailbox."""
    SqlAuditRepository(connection).lock_head()  # the order of locks of every writer of this room
    who = Who(WhoKind.MAILBOX, address)
    for table in (access_factors, access_recovery_codes, access_sessions):
        connection.execute(delete(table).where(is_who(table, who)))
