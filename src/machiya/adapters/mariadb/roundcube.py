"""The people in Roundcube's own database: forgotten when their mailboxes go."""

from collections.abc import Sequence

from machiya.adapters.mariadb.administration import MariaDbAdministration
from machiya.adapters.mariadb.grants import quoted
from machiya.core.addresses import EmailAddress

_BEGUN = "SELECT 1 FROM information_schema.tables WHERE table_schema = %s AND table_name = 'users'"


class RoundcubePeople:
    """``accounts.ports.WebmailPeople``.

    Roundcube has a row in ``users`` for each name that ever logged in, in lower case, and host of the mailboxes. All
    else of a person hangs on it and is deleted along (ON DELETE CASCADE), and a session without it is over.

    Args:
        administration: of the server; Roundcube's own user is for its container alone.
        database: Roundcube's.

    Source: Roundcube 1.6, SQL/mysql.initial.sql, program/lib/Roundcube/rcube_user.php.
    """

    def __init__(self, administration: MariaDbAdministration, database: str) -> None:
        self._administration = administration
        self._database = database

    def forget(self, mailboxes: Sequence[EmailAddress]) -> None:
        """Delete everything of them; a webmail that never ran has nothing.

        Raises:
            Unavailable: the server cannot be reached, or does not take this user for its administrator.
        """
        if not mailboxes:
            return
        delete = f"DELETE FROM {quoted(self._database)}.users WHERE LOWER(username) IN %s"  # noqa: S608 – a name of ours
        with self._administration.cursor() as cursor:
            cursor.execute(_BEGUN, (self._database,))
            if cursor.fetchall():
                cursor.execute(delete, ([str(address) for address in mailboxes],))
