"""One call of Dovecot's doveadm HTTP API, for callers that wait for the answer.

Source: Dovecot 2.4 manual, "Doveadm HTTP API".
"""

import base64
from collections.abc import Mapping

import httpx

from machiya.core.errors import Unavailable

SECONDS = 10.0
GOOD = "doveadmResponse"


class DoveadmApi:
    """Of one Dovecot.

    Args:
        url: where the API is.
        api_key: Dovecot's ``doveadm_api_key``.
    """

    def __init__(self, url: str, api_key: str, transport: httpx.BaseTransport | None = None) -> None:
        self.url = f"{url}/doveadm/v1"
        self._key = base64.b64encode(api_key.encode()).decode("ascii")
        self._transport = transport

    def ask(self, command: str, parameters: Mapping[str, object]) -> tuple[str, object]:
        """The kind of the answer (``GOOD`` or ``error``) and the answer itself.

        Raises:
            Unavailable: Dovecot does not answer.
        """
        try:
            with httpx.Client(transport=self._transport, timeout=SECONDS, trust_env=False) as client:
                response = client.post(
                    self.url,
                    json=[[command, parameters, "machiya"]],
                    headers={"Authorization": f"X-Dovecot-API {self._key}"},
                )
            response.raise_for_status()
            [[kind, answer, _]] = response.json()
        except (httpx.HTTPError, ValueError, TypeError) as error:
            message = f"Dovecot's doveadm API does not answer: {str(error) or type(error).__name__}"
            raise Unavailable(message, hint="See that Dovecot runs: machiya status.") from error
        return str(kind), answer


def exit_code(answer: object) -> int | None:
    """Of a command that failed; None: the answer tells none."""
    code = answer.get("exitCode") if isinstance(answer, dict) else None
    return code if isinstance(code, int) else None
