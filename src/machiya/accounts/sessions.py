"""Mail programs that are logged in: those who may no longer be are logged out."""

from collections.abc import Sequence

from machiya.accounts.ports import Sessions
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable


class NoSessions:
    """``Sessions`` of a house that no mail program can log in to."""

    def end(self, mailboxes: Sequence[EmailAddress]) -> None:
        """Nothing is open."""


NO_SESSIONS = NoSessions()


def log_out(sessions: Sessions, mailboxes: Sequence[EmailAddress]) -> str:
    """End their open sessions, after the change is committed; why they may still be open, empty if they are not."""
    try:
        sessions.end(mailboxes)
    except Unavailable as error:
        return error.message
    return ""
