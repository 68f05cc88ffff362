"""Ends the sessions of mail programs, over Dovecot's doveadm HTTP API."""

import base64
from collections.abc import Sequence

import httpx

from machiya.adapters.dovecot.doveadm import user_name
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable

_NOBODY = 68
_SECONDS = 10.0


class DoveadmSessions:
    """``Sessions`` of the accounts room: IMAP, POP3 and ManageSieve.

    Args:
        url: where the API is.
        api_key: Dovecot's ``doveadm_api_key``.

    Source: Dovecot 2.4 manual, "Doveadm HTTP API"; ``doveadm-kick``.
    """

    def __init__(self, url: str, api_key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = f"{url}/doveadm/v1"
        self._key = base64.b64encode(api_key.encode()).decode("ascii")
        self._transport = transport

    def end(self, mailboxes: Sequence[EmailAddress]) -> None:
        """Disconnect every mail program that is logged in as one of ``mailboxes``.

        Raises:
            Unavailable: Dovecot does not answer, or not that it did.
        """
        if mailboxes:
            kind, answer = self._kick([user_name(mailbox) for mailbox in mailboxes])
            nobody = isinstance(answer, dict) and answer.get("exitCode") == _NOBODY
            if kind != "doveadmResponse" and not nobody:
                raise Unavailable(f"Dovecot does not end sessions: {answer}", hint="Its log says more.")

    def _kick(self, users: list[str]) -> tuple[str, object]:
        try:
            with httpx.Client(transport=self._transport, timeout=_SECONDS, trust_env=False) as client:
                response = client.post(
                    self._url,
                    json=[["kick", {"mask": users}, "machiya"]],
                    headers={"Authorization": f"X-Dovecot-API {self._key}"},
                )
            response.raise_for_status()
            [[kind, answer, _]] = response.json()
        except (httpx.HTTPError, ValueError, TypeError) as error:
            message = f"Dovecot's doveadm API does not answer: {str(error) or type(error).__name__}"
            raise Unavailable(message, hint="See that Dovecot runs: machiya status.") from error
        return str(kind), answer
