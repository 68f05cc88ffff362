"""A notice by mail through the house's relay, TLS always verified."""

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from machiya.adapters.notify.message import message_bytes
from machiya.jobs.ports import NoticeFailed

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class RelayAccount:
    """Where mail leaves: ``tls`` is ``starttls`` or ``implicit``; ``ca_file`` None: the system's authorities."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    ca_file: Path | None = None


class RelayMail:
    """``Notifier``.

    Args:
        sender: an address of a domain that the relay takes mail of.
        to: who is told.
    """

    name = "mail"

    def __init__(self, account: RelayAccount, *, sender: str, to: str, hostname: str) -> None:
        self._account, self._sender, self._to, self._hostname = account, sender, to, hostname

    def tell(self, subject: str, text: str, moment: datetime) -> None:
        """Hand it to the relay.

        Raises:
            NoticeFailed: it did not take it.
        """
        content = message_bytes(
            subject, text, sender=self._sender, to=self._to, hostname=self._hostname, moment=moment
        )  # fmt: skip
        try:
            with self._connected() as smtp:
                if self._account.user:
                    smtp.login(self._account.user, self._account.password)
                smtp.sendmail(self._sender, [self._to], content)
        except (OSError, smtplib.SMTPException) as error:
            raise NoticeFailed(
                f"the relay {self._account.host} did not take it: {type(error).__name__}",
                hint="Look at [relay] and the secret relay_password.",
            ) from error

    def _connected(self) -> smtplib.SMTP:
        account = self._account
        context = ssl.create_default_context(cafile=str(account.ca_file) if account.ca_file else None)
        if account.tls == "implicit":
            return smtplib.SMTP_SSL(
                account.host, account.port, self._hostname, timeout=TIMEOUT_SECONDS, context=context
            )
        smtp = smtplib.SMTP(account.host, account.port, self._hostname, timeout=TIMEOUT_SECONDS)
        try:
            smtp.starttls(context=context)
        except BaseException:
            smtp.close()
            raise
        return smtp
