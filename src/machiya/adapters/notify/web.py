"""A notice over HTTPS: to a webhook as JSON, to ntfy as text."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from machiya.core.clock import to_wire
from machiya.jobs.ports import NoticeFailed

TIMEOUT_SECONDS = 20.0


class Webhook:
    """``Notifier``: POST of ``{"house", "subject", "text", "at"}``.

    ``text`` holds subject and text as Slack, Mattermost and their kind show it.

    Args:
        url: where; may hold a token, so that no message repeats it.
        transport: for tests.
    """

    name = "webhook"

    def __init__(self, url: str, house: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url, self._house, self._transport = url, house, transport

    def tell(self, subject: str, text: str, moment: datetime) -> None:
        """Post it.

        Raises:
            NoticeFailed: anything but 2xx.
        """
        data = {"house": self._house, "subject": subject, "text": f"{subject}\n\n{text}", "at": to_wire(moment)}
        _post(self._url, self.name, self._transport, json=data)


class Ntfy:
    """``Notifier``: a topic of ntfy.

    Source: https://docs.ntfy.sh/publish/ (a title that is not ASCII goes as RFC 2047 text).
    """

    name = "ntfy"

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url, self._transport = url, transport

    def tell(self, subject: str, text: str, moment: datetime) -> None:
        """Publish it.

        Raises:
            NoticeFailed: anything but 2xx.
        """
        del moment  # ntfy has its own
        title = f"=?UTF-8?B?{base64.b64encode(subject.encode()).decode('ascii')}?="
        _post(self._url, self.name, self._transport, content=text.encode(), headers={"Title": title})


def _post(
    url: str,
    name: str,
    transport: httpx.BaseTransport | None,
    *,
    headers: Mapping[str, str] | None = None,
    **body: Any,
) -> None:
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, transport=transport) as client:
            answer = client.post(url, headers=headers, **body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoticeFailed(f"the {name} cannot be reached: {type(error).__name__}", hint=_HINT) from error
    if not answer.is_success:
        raise NoticeFailed(f"the {name} answered {answer.status_code}", hint=_HINT)


_HINT = "Look at its address: machiya secret set."
