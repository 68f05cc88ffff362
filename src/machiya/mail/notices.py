"""Telling senders what the relay swallowed: each failed delivery once, into the sender's own mailbox."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import InvalidAddress
from machiya.mail.answers import Answer, AnswerStatus
from machiya.mail.model import Envelope, InboundMessage
from machiya.mail.notice import notice_bytes, notice_id
from machiya.mail.outgoing import DueNotice, NoticeState, OutgoingMessage
from machiya.mail.outgoing_ports import OutgoingBook

NOTICES_AT_ONCE = 50
# The relay may be quicker than our own log; after this long the sender is not going to be known any more.
SENDER_UNKNOWN_AFTER = timedelta(hours=1)
# A reader whose mailbox is full keeps nobody else waiting.
RETRY_AFTER = timedelta(seconds=10)
_CLOCKS_DIFFER = timedelta(minutes=1)
_DONE = frozenset({AnswerStatus.CREATED, AnswerStatus.ALREADY})

Take = Callable[[InboundMessage], Awaitable[Answer]]


class Notices:
    """Turns due notices into messages for ``take`` (the way in, which delivers each id once).

    The book is asked in a thread: a database that does not answer holds up nobody else on the event loop.

    Args:
        owner: gets the notices whose sender is unknown; None: nobody does.
    """

    def __init__(
        self, book: OutgoingBook, take: Take, clock: Clock, *, hostname: str, owner: EmailAddress | None
    ) -> None:
        self._book = book
        self._take = take
        self._clock = clock
        self._hostname = hostname
        self._owner = owner
        self._later: dict[str, datetime] = {}

    async def deliver(self) -> tuple[int, int]:
        """How many notices were delivered, and how many can reach nobody.

        Raises:
            Unavailable: store or database are ill; what is due stays due.
        """
        states = [await self._settle(due) for due in await asyncio.to_thread(self._in_turn)]
        return states.count(NoticeState.SENT), states.count(NoticeState.FAILED)

    def _in_turn(self) -> list[DueNotice]:
        """Those that did not fail just now, oldest first."""
        now = self._clock.now()
        self._later = {event_id: moment for event_id, moment in self._later.items() if moment > now}
        found = self._book.due_notices(NOTICES_AT_ONCE + len(self._later))
        return [due for due in found if due.event.event_id not in self._later][:NOTICES_AT_ONCE]

    async def _settle(self, due: DueNotice) -> NoticeState:
        message = await asyncio.to_thread(self._message, due)
        if message is None and self._clock.now() - due.received_at < SENDER_UNKNOWN_AFTER:
            return self._put_off(due)
        reader = self._reader(message)
        state = await self._send(due, message, reader) if reader else NoticeState.FAILED
        if state is NoticeState.DUE:
            return self._put_off(due)
        await asyncio.to_thread(self._book.settle_notice, due.event.event_id, state)
        return state

    def _put_off(self, due: DueNotice) -> NoticeState:
        self._later[due.event.event_id] = self._clock.now() + RETRY_AFTER
        return NoticeState.DUE

    def _message(self, due: DueNotice) -> OutgoingMessage | None:
        """By Message-ID; of several with the same one (a person sent it again) the newest before the event."""
        event = due.event
        found = self._book.search(event.message_id, since=None, limit=10) if event.message_id else ()
        fits = (m for m in found if m.message_id == event.message_id and m.first_seen_at <= event.at + _CLOCKS_DIFFER)
        return next(fits, None)

    def _reader(self, message: OutgoingMessage | None) -> EmailAddress | None:
        for text in (message.login, message.sender) if message else ():
            try:
                return EmailAddress.parse(text)
            except InvalidAddress:
                continue
        return None if message else self._owner

    async def _send(self, due: DueNotice, message: OutgoingMessage | None, to: EmailAddress) -> NoticeState:
        content = notice_bytes(due.event, message, to, self._hostname)
        envelope = Envelope("", str(to), due.event.at, len(content))
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        answer = await self._take(InboundMessage(notice_id(due.event), envelope, md5, content))
        if answer.status in _DONE:
            return NoticeState.SENT
        return NoticeState.FAILED if answer.status is AnswerStatus.NEVER else NoticeState.DUE
