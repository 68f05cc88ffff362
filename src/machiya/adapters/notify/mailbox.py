"""A notice straight into a mailbox of this house, whether the rest of it runs or not."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from machiya.adapters.notify.message import message_bytes, notice_id
from machiya.core.addresses import EmailAddress
from machiya.core.errors import MachiyaError
from machiya.jobs.ports import NoticeFailed
from machiya.mail.model import Delivery, StoreStatus
from machiya.mail.ports import MailStore
from machiya.mail.prefix import DELIVERY_FIELD
from machiya.mail.verdict_header import VERDICT_FIELD


class MailboxNotice:
    """``Notifier``.

    Args:
        store: opens the house's store, made anew for each notice.
        to: the mailbox.
    """

    name = "mail"

    def __init__(self, store: Callable[[], MailStore], *, sender: str, to: EmailAddress, hostname: str) -> None:
        self._store, self._sender, self._to, self._hostname = store, sender, to, hostname

    def tell(self, subject: str, text: str, moment: datetime) -> None:
        """Put it there.

        Raises:
            NoticeFailed: the store did not take it.
        """
        try:
            asyncio.run(self._deliver(subject, text, moment))
        except MachiyaError as error:
            raise NoticeFailed(f"{self._to} did not get it: {error.message}", hint=error.hint) from error

    async def _deliver(self, subject: str, text: str, moment: datetime) -> None:
        delivery = self._delivery(subject, text, moment)
        store = self._store()
        try:
            if await store.contains(delivery.delivery_id, self._to):
                return
            outcome = (await store.store(delivery, [self._to]))[self._to]
        finally:
            await store.close()
        if outcome.status is not StoreStatus.STORED:
            raise NoticeFailed(outcome.detail or str(outcome.status), hint="machiya mailbox show tells more.")

    def _delivery(self, subject: str, text: str, moment: datetime) -> Delivery:
        content = message_bytes(
            subject, text, sender=self._sender, to=str(self._to), hostname=self._hostname, moment=moment
        )  # fmt: skip
        found = notice_id(subject, text, moment)
        prefix = f"{DELIVERY_FIELD}: {found}\r\n{VERDICT_FIELD}: not scanned; written by the house itself\r\n"
        return Delivery(found, "", moment, prefix.encode("ascii"), content)
