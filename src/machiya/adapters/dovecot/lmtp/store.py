"""A ``MailStore`` that hands messages to an LMTP server."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from machiya.adapters.dovecot.lmtp.channel import Channel, Connector
from machiya.adapters.dovecot.lmtp.connection import LmtpConnection
from machiya.adapters.dovecot.lmtp.dot_stuffing import Octets, is_exact
from machiya.adapters.dovecot.lmtp.faults import ConnectionLost, LmtpFault
from machiya.adapters.dovecot.lmtp.outcomes import outcome_of
from machiya.adapters.dovecot.lmtp.pool import ConnectionPool
from machiya.adapters.dovecot.lmtp.replies import Reply
from machiya.adapters.dovecot.lmtp.timeouts import Timeouts
from machiya.adapters.dovecot.lmtp.transaction import Message, MessageRefused, Transaction
from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId
from machiya.mail.model import Delivery, StoreOutcome, StoreStatus
from machiya.mail.ports import StoreOutcomeUnknown, StoreUnavailable
from machiya.mail.reverse_path import reverse_path

_HINT = "See that the LMTP server runs and that lmtp.host and lmtp.port are right; its log says more."
_NO_UTF8 = StoreOutcome(StoreStatus.TEMPORARY, "the LMTP server does not offer SMTPUTF8, which this address needs")
_INEXACT = "sent with DATA, which cannot carry these line ends exactly"


class DeliveryLocator(Protocol):
    """Finds deliveries in the mailboxes behind the LMTP server; LMTP itself cannot be asked."""

    async def contains(self, delivery_id: DeliveryId, mailbox: EmailAddress) -> bool:
        """As ``MailStore.contains``."""

    async def close(self) -> None:
        """Give back connections."""


class LmtpStore:
    """Mailboxes behind an LMTP server (RFC 2033).

    Args:
        host: its address.
        port: its port.
        connections: how many are open at most.
        timeout_seconds: how long the longest wait for an answer may be; the other phases get their RFC share, and a
            delivery as a whole at most 2½ times this, the wait for a free connection included.
        locate: answers ``contains``.
        hostname: the name to greet with.
        connector: how to connect, where it is not TCP.
        monotonic: seconds, for the age of kept connections.
    """

    def __init__(
        self,
        host: str,
        port: int,
        connections: int,
        timeout_seconds: float,
        locate: DeliveryLocator,
        *,
        hostname: str = "localhost",
        connector: Connector | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._timeouts = Timeouts.scaled(timeout_seconds)
        self._connector = connector or _tcp(host, port)
        self._where = f"LMTP server {host}:{port}"
        self._hostname = hostname
        self._locate = locate
        self._pool = ConnectionPool(self._connect, connections)

    async def store(self, delivery: Delivery, mailboxes: Sequence[EmailAddress]) -> Mapping[EmailAddress, StoreOutcome]:
        """Deliver to each mailbox; see ``MailStore``.

        Raises:
            StoreUnavailable: the server did not take it.
            StoreOutcomeUnknown: the connection ended between the last octet and the last reply.
        """
        wanted = tuple(dict.fromkeys(mailboxes))
        if not wanted:
            return {}
        connection = await self._take(new=False)
        try:
            return await self._transact(connection, delivery, wanted)
        except _Stale:
            connection = await self._take(new=True)
            return await self._transact(connection, delivery, wanted)

    async def contains(self, delivery_id: DeliveryId, mailbox: EmailAddress) -> bool:
        """Ask the locator; see ``MailStore``.

        Raises:
            StoreUnavailable: it could not say.
        """
        return await self._locate.contains(delivery_id, mailbox)

    async def close(self) -> None:
        """Give back connections; no error."""
        await self._pool.close()
        await self._locate.close()

    async def _connect(self) -> LmtpConnection:
        async with asyncio.timeout(self._timeouts.connect):
            return await LmtpConnection.open(self._connector, self._hostname, self._timeouts, self._monotonic)

    async def _take(self, *, new: bool) -> LmtpConnection:
        try:
            return await self._pool.take(self._timeouts.final, new=new)
        except (OSError, LmtpFault) as error:
            raise StoreUnavailable(f"{self._where} cannot be used: {_text(error)}", hint=_HINT) from error

    async def _transact(
        self, connection: LmtpConnection, delivery: Delivery, mailboxes: Sequence[EmailAddress]
    ) -> dict[EmailAddress, StoreOutcome]:
        keep = False
        try:
            outcomes = await self._deliver(connection, delivery, mailboxes)
            keep = True
        finally:
            self._pool.give_back(connection, keep=keep)
        return outcomes

    async def _deliver(
        self, connection: LmtpConnection, delivery: Delivery, mailboxes: Sequence[EmailAddress]
    ) -> dict[EmailAddress, StoreOutcome]:
        utf8 = "SMTPUTF8" in connection.offers
        writable = [mailbox for mailbox in mailboxes if utf8 or str(mailbox).isascii()]
        outcomes = {mailbox: _NO_UTF8 for mailbox in mailboxes if mailbox not in writable}
        if not writable:
            return outcomes
        sender = reverse_path(delivery.sender, utf8=utf8)
        recipients = tuple(str(mailbox) for mailbox in writable)
        message = Message(sender, recipients, _octets(delivery, connection.offers))
        replies = await self._run(connection, message)
        note = "" if "CHUNKING" in connection.offers or is_exact(delivery.content) else _INEXACT
        answers = zip(writable, replies, strict=True)
        return outcomes | {mailbox: outcome_of(reply, note) for mailbox, reply in answers}

    async def _run(self, connection: LmtpConnection, message: Message) -> tuple[Reply, ...]:
        """With the sender; without it where the server does not like that one."""
        try:
            return await self._try(connection, message)
        except MessageRefused as refusal:
            if refusal.step != "MAIL" or refusal.reply.temporary or not message.sender or not connection.usable:
                raise StoreUnavailable(f"{self._where}: {refusal}", hint=_HINT) from refusal
        try:
            return await self._try(connection, replace(message, sender=""))
        except MessageRefused as refusal:
            raise StoreUnavailable(f"{self._where}: {refusal}", hint=_HINT) from refusal

    async def _try(self, connection: LmtpConnection, message: Message) -> tuple[Reply, ...]:
        transaction = Transaction(connection, message)
        try:
            async with asyncio.timeout(self._timeouts.total):
                return await transaction.run()
        except (LmtpFault, TimeoutError) as error:
            text = f"{self._where}: {_text(error)}"
            if transaction.committed:
                raise StoreOutcomeUnknown(text, hint="The next attempt asks the store first.") from error
            if connection.reused and isinstance(error, ConnectionLost):
                raise _Stale from error
            raise StoreUnavailable(text, hint=_HINT) from error


class _Stale(Exception):
    """A kept connection was dead, and nothing of the message had gone out that could have been stored."""


def _octets(delivery: Delivery, offers: frozenset[str]) -> tuple[Octets, ...]:
    """Prefix and content. Dovecot 2.4 loses a CR that is the very last octet of BDAT; so it gets one to lose."""
    compensation = b"\r" if "CHUNKING" in offers and bytes(delivery.content[-1:]) == b"\r" else b""
    return (delivery.prefix, delivery.content, compensation)


def _tcp(host: str, port: int) -> Connector:
    async def connect(factory: Callable[[], Channel]) -> Channel:
        _, channel = await asyncio.get_running_loop().create_connection(factory, host, port)
        return channel

    return connect


def _text(error: Exception) -> str:
    return str(error) or "it took too long"
