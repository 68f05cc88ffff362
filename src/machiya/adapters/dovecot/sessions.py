"""Ends the sessions of mail programs, over Dovecot's doveadm HTTP API."""

from collections.abc import Sequence

import httpx

from machiya.adapters.dovecot.doveadm import user_name
from machiya.adapters.dovecot.http_api import GOOD, DoveadmApi, exit_code
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable

_NOBODY = 68


class DoveadmSessions:
    """``Sessions`` of the accounts room: IMAP, POP3 and ManageSieve.

    Args:
        url: where the API is.
        api_key: Dovecot's ``doveadm_api_key``.

    Source: Dovecot 2.4 manual, "Doveadm HTTP API"; ``doveadm-kick``.
    """

    def __init__(self, url: str, api_key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._api = DoveadmApi(url, api_key, transport)

    def end(self, mailboxes: Sequence[EmailAddress]) -> None:
        """Disconnect every mail program that is logged in as one of ``mailboxes``.

        Raises:
            Unavailable: Dovecot does not answer, or not that it did.
        """
        if mailboxes:
            kind, answer = self._api.ask("kick", {"mask": [user_name(mailbox) for mailbox in mailboxes]})
            if kind != GOOD and exit_code(answer) != _NOBODY:
                raise Unavailable(f"Dovecot does not end sessions: {answer}", hint="Its log says more.")
