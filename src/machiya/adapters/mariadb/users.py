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
MAY_CALL = frozenset({"EXECUTE"})

PRIVILEGES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "machiya": {WHOLE_DATABASE: READ_AND_WRITE},
    "dovecot": {
        "dovecot_users": READ,
        "dovecot_app_passwords": READ,
        "dovecot_rules": READ,
        LAST_USE + CALL: MAY_CALL,
    },
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
    """

    name: str
    hosts: Sequence[str]
    password: str = field(repr=False)

    @property
    def privileges(self) -> Mapping[str, frozenset[str]]:
        """What it may do, by table, view or function(); ``*`` is the whole database."""
        return PRIVILEGES[self.name]
