"""Who may log in to the house's database from where, and what each may do there: as little as it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from machiya.adapters.mariadb.grants import CALL, WHOLE_DATABASE
from machiya.adapters.mariadb.last_use import LAST_USE
from machiya.adapters.mariadb.views import PUBLISHED

VIEWER = "machiya_views"
"""Owner of the views and the function; nobody can log in as it."""

READ = frozenset({"SELECT"})
READ_AND_WRITE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
OWN = READ_AND_WRITE | {"CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"}
"""For a daemon that makes and changes its tables itself, in a database of its own."""
MAY_CALL = frozenset({"EXECUTE"})

ADD = frozenset({"SELECT", "INSERT"})
KEEP = ADD | {"UPDATE"}

# What the pages change: accounts and what follows from them, and what access/ keeps.
_PEOPLE = (
    *("domains", "mailboxes", "mailbox_rules", "app_passwords", "aliases", "alias_targets", "accounts_version"),
    *PUBLISHED,
    *("administrators", "administrator_invitations", "access_sessions", "access_factors", "access_recovery_codes"),
    "access_attempts",
)
USERMGMT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_PEOPLE, READ_AND_WRITE),
    "app_password_uses": READ,
    "audit_log": ADD,
    "audit_head": KEEP,
    # A message of the quarantine is released or deleted, and its journey goes on.
    "quarantine": READ_AND_WRITE,
    "deliveries": frozenset({"SELECT", "UPDATE"}),
    "ledger_entries": KEEP,
    "trace_events": ADD,
    # "Where is my mail?"
    **dict.fromkeys(("outgoing_messages", "outgoing_events"), READ),
    "alembic_version": READ,
}
USERMGMT_NEVER = frozenset(
    {
        *("edge_state", "edge_dead", "edge_orders", "edge_accepted", "relay_events", "outgoing_log"),
        *("job_runs", "job_lines", "job_schedules", "job_alarms"),
    },
)
"""What is none of its business."""

PRIVILEGES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "machiya": {WHOLE_DATABASE: READ_AND_WRITE},
    "usermgmt": USERMGMT,
    "dovecot": {
        "dovecot_users": READ,
        "dovecot_app_passwords": READ,
        "dovecot_rules": READ,
        LAST_USE + CALL: MAY_CALL,
    },
    "roundcube": {WHOLE_DATABASE: OWN},
}
VIEWER_PRIVILEGES = {
    **dict.fromkeys(PUBLISHED, READ),
    "app_password_uses": frozenset({"SELECT", "INSERT", "UPDATE"}),
    LAST_USE + CALL: MAY_CALL,
}


@dataclass(frozen=True, slots=True)
class DatabaseUser:
    """A user of the database.

    Args:
        name: one of ``PRIVILEGES``.
        hosts: from where it may log in: ``localhost`` (the socket) or addresses.
        password: its password.
        database: its own, if it has one; empty: that of the house. It sees no other.
    """

    name: str
    hosts: Sequence[str]
    password: str = field(repr=False)
    database: str = ""

    @property
    def privileges(self) -> Mapping[str, frozenset[str]]:
        """What it may do, by table, view or function() of its database; ``*`` is the whole of it."""
        return PRIVILEGES[self.name]
