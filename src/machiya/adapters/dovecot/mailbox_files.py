"""What a mailbox holds, as Dovecot counts it: for a part that has no way to the mail itself."""

from datetime import datetime
from pathlib import PurePath

import httpx

from machiya.adapters.dovecot.doveadm import user_name
from machiya.adapters.dovecot.http_api import GOOD, DoveadmApi, exit_code
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Refused, Unavailable

_NO_SUCH_USER = 67
_KIB = 1024


class DoveadmMailboxFiles:
    """``accounts.ports.MailboxFiles`` without files: it counts, and moves nothing.

    A mailbox that Dovecot does not know – a disabled one, or one made a moment ago – counts as empty.

    Args:
        url: where the API is.
        api_key: Dovecot's ``doveadm_api_key``.

    Source: Dovecot 2.4 manual, ``doveadm-quota``: STORAGE is in KiB.
    """

    def __init__(self, url: str, api_key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._api = DoveadmApi(url, api_key, transport)

    def usage_bytes(self, address: EmailAddress) -> int:
        """What its messages take, to the KiB.

        Raises:
            Unavailable: Dovecot does not tell.
        """
        return self._value(address, "STORAGE") * _KIB

    def message_count(self, address: EmailAddress) -> int:
        """How many messages it holds, all folders.

        Raises:
            Unavailable: Dovecot does not tell.
        """
        return self._value(address, "MESSAGE")

    def require_movable(self) -> None:
        """Never.

        Raises:
            Refused: always, with the command that can.
        """
        raise Refused(
            "from here mail cannot be moved aside, and a mailbox is never removed without that",
            hint="As root of the house's machine: machiya mailbox remove ADDRESS, or machiya domain remove DOMAIN.",
        )

    def retire(self, address: EmailAddress) -> PurePath | None:
        """Never.

        Raises:
            Refused: as ``require_movable``.
        """
        del address
        self.require_movable()
        return None

    def retired_since(self, address: EmailAddress, since: datetime) -> tuple[PurePath, ...]:
        """Nothing is known of it here."""
        del address, since
        return ()

    def _value(self, address: EmailAddress, kind: str) -> int:
        said, answer = self._api.ask("quotaGet", {"user": user_name(address)})
        if said == GOOD and isinstance(answer, list):
            values = [row.get("value") for row in answer if isinstance(row, dict) and row.get("type") == kind]
            if values and str(values[0]).isdecimal():
                return int(str(values[0]))
        if exit_code(answer) == _NO_SUCH_USER:
            return 0
        raise Unavailable(f"Dovecot does not tell what {address} holds: {answer}", hint="Its log says more.")
