"""How full mailboxes are, on a page that is shown also while nobody can tell."""

from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable

if TYPE_CHECKING:
    from machiya.accounts.ports import MailboxFiles

UNKNOWN = -1


class PatientFiles:
    """``MailboxFiles`` that count ``UNKNOWN`` where the mail server does not answer; it is asked once, not for each."""

    def __init__(self, files: "MailboxFiles") -> None:
        self._files = files
        self._silent = False

    def usage_bytes(self, address: EmailAddress) -> int:
        """What its messages take."""
        return self._told(self._files.usage_bytes, address)

    def message_count(self, address: EmailAddress) -> int:
        """How many messages it holds."""
        return self._told(self._files.message_count, address)

    def _told(self, ask: Callable[[EmailAddress], int], address: EmailAddress) -> int:
        if not self._silent:
            try:
                return ask(address)
            except Unavailable:
                self._silent = True
        return UNKNOWN

    def require_movable(self) -> None:
        """As the files say.

        Raises:
            Refused: they cannot be moved from here.
        """
        self._files.require_movable()

    def retire(self, address: EmailAddress) -> PurePath | None:
        """As the files do."""
        return self._files.retire(address)

    def retired_since(self, address: EmailAddress, since: datetime) -> tuple[PurePath, ...]:
        """As the files do."""
        return self._files.retired_since(address, since)
