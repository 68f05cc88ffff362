"""Asks Dovecot, over its doveadm HTTP API, whether a mailbox holds a delivery."""

import base64
import re
from typing import Any

import httpx

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId
from machiya.mail.ports import StoreUnavailable
from machiya.mail.prefix import DELIVERY_FIELD

_NO_SUCH_USER = 67
_ESCAPED = re.compile(r"\\(.)")
_HINT = "See that Dovecot runs, that its doveadm HTTP service listens there and that the API key is right."


def user_name(mailbox: EmailAddress) -> str:
    """Dovecot's name for a mailbox: a quoted local part without its quotes and backslashes."""
    local = mailbox.local
    bare = _ESCAPED.sub(r"\1", local[1:-1]) if local.startswith('"') else local
    return f"{bare}@{mailbox.domain}"


class DoveadmLocator:
    """Searches all folders of a mailbox for the header ``X-Machiya-Delivery``.

    Dovecot keeps that header in its index (``mail_always_cache_fields``), so a search opens no message.

    Args:
        url: where the API is, for example ``http://127.0.0.1:8080``.
        api_key: Dovecot's ``doveadm_api_key``.
        timeout_seconds: how long one answer may take.

    Source: Dovecot 2.4 manual, "Doveadm HTTP API"; ``doveadm-search``; RFC 3501 §6.4.4 (HEADER).
    """

    def __init__(
        self, url: str, api_key: str, timeout_seconds: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        key = base64.b64encode(api_key.encode()).decode("ascii")
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"X-Dovecot-API {key}"},
            timeout=timeout_seconds,
            transport=transport,
            trust_env=False,
        )

    async def contains(self, delivery_id: DeliveryId, mailbox: EmailAddress) -> bool:
        """Whether any folder of ``mailbox`` holds the delivery; false for a mailbox Dovecot does not know.

        Raises:
            StoreUnavailable: Dovecot did not answer, or not with a list.
        """
        query = ["HEADER", DELIVERY_FIELD, str(delivery_id)]
        kind, answer = await self._ask("search", {"user": user_name(mailbox), "query": query})
        if kind == "doveadmResponse" and isinstance(answer, list):
            return bool(answer)
        if kind == "error" and isinstance(answer, dict) and answer.get("exitCode") == _NO_SUCH_USER:
            return False
        raise StoreUnavailable(f"Dovecot cannot search {mailbox}: {answer}", hint="Dovecot's log says more.")

    async def close(self) -> None:
        """Give back connections."""
        await self._client.aclose()

    async def _ask(self, command: str, parameters: dict[str, Any]) -> tuple[str, Any]:
        try:
            response = await self._client.post("/doveadm/v1", json=[[command, parameters, "machiya"]])
            response.raise_for_status()
            [[kind, answer, _]] = response.json()
        except (httpx.HTTPError, ValueError, TypeError) as error:
            message = f"Dovecot's doveadm API does not answer: {str(error) or type(error).__name__}"
            raise StoreUnavailable(message, hint=_HINT) from error
        return str(kind), answer
