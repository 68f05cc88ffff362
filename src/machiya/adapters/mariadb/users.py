"""Who may log in to the house's database from where, and what each may do there: as little as it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from machiya.adapters.mariadb.views import PUBLISHED

WHOLE_DATABASE = "*"
VIEWER = "machiya_views"
"""Owner of the views; nobody can log in as it."""

READ = frozenset({"SELECT"})
READ_AND_WRITE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})

PRIVILEGES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "machiya": {WHOLE_DATABASE: READ_AND_WRITE},
    "dovecot": {"dovecot_users": READ, "dovecot_rules": READ},
}
VIEWER_PRIVILEGES = dict.fromkeys(PUBLISHED, READ)


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
        """What it may do, by table or view; ``*`` is the whole database."""
        return PRIVILEGES[self.name]
