"""What the way out needs from outside: its book, the queue, the relay's signature, who may send as whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import NotFound, Unavailable
from machiya.core.recipients import Resolution
from machiya.mail.outgoing import (
    DueNotice,
    LogPiece,
    LogPosition,
    NoticeState,
    OutgoingEvent,
    OutgoingFacts,
    OutgoingMessage,
    RelayEvent,
)


class QueueUnavailable(Unavailable):
    """The queue of outgoing mail cannot be asked: its container is down, or it does not answer."""

    code = "queue_unavailable"


class NotInQueue(NotFound):
    """The queue holds no message with this id."""

    code = "not_in_queue"


class OutgoingBook(Protocol):
    """What the house knows of outgoing mail; each call is its own transaction."""

    def log_position(self) -> LogPosition:
        """Up to where the queue's log was taken; the beginning of nothing at first."""

    def take_log(self, facts: Sequence[OutgoingFacts], position: LogPosition) -> None:
        """Merge facts into messages, add events that are new, and remember the position: all or nothing."""

    def take_relay_events(self, events: Sequence[RelayEvent], moment: datetime) -> int:
        """Add the events whose id is new; how many were. Final failures become due notices."""

    def due_notices(self, limit: int) -> tuple[DueNotice, ...]:
        """Failures nobody was told of, oldest first."""

    def settle_notice(self, event_id: str, state: NoticeState) -> None:
        """Write what became of a due notice."""

    def search(self, query: str, *, since: datetime | None, limit: int) -> tuple[OutgoingMessage, ...]:
        """Messages with this queue id, Message-ID, sender, login or recipient (empty: all), newest first."""

    def events(self, queue_id: str) -> tuple[OutgoingEvent, ...]:
        """What befell a message in the queue, in order."""

    def relay_events(self, message_id: str) -> tuple[RelayEvent, ...]:
        """What the relay said of a Message-ID, in order."""


class QueueLog(Protocol):
    """The queue's log as a file that grows and is rotated."""

    def read(self, position: LogPosition) -> LogPiece:
        """The next whole lines (bounded); none: an empty piece.

        Raises:
            Unavailable: the file is there and cannot be read.
        """


class LogLineReader(Protocol):
    """Understands lines of that log."""

    def __call__(self, line: str, *, now: datetime, order: int) -> OutgoingFacts | None:
        """What the line says; None where it says nothing of a message."""


class RelayWebhook(Protocol):
    """Understands what a relay posts."""

    def verify(self, timestamp: str, body: bytes, signature: str) -> bool:
        """Whether the relay signed exactly these bytes at this time."""

    def read(self, body: bytes) -> tuple[RelayEvent, ...]:
        """The events that concern delivery.

        Raises:
            InvalidInput: not the relay's format.
        """


class SenderDirectory(Protocol):
    """Whose addresses are whose."""

    def may_send(self, login: EmailAddress, sender: EmailAddress) -> bool:
        """Whether ``sender`` (a +tag is ignored) is the mailbox ``login`` or an alias that leads to it."""


class LocalDirectory(Protocol):
    """What is inside the house."""

    def is_own(self, domain: DomainName) -> bool:
        """Whether mail for ``domain`` belongs into this house."""

    def resolve(self, recipient: EmailAddress) -> Resolution:
        """Which mailboxes get mail for ``recipient``; from memory, never blocks."""


@dataclass(frozen=True, slots=True)
class QueuedRecipient:
    """A recipient that still waits, and why."""

    address: str
    delay_reason: str = ""


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """One message in the queue; ``queue_name`` as Postfix says it: active, deferred, hold, incoming …"""

    queue_id: str
    queue_name: str
    arrived_at: datetime
    size_bytes: int
    sender: str
    recipients: tuple[QueuedRecipient, ...]


class MailQueue(Protocol):
    """The queue of outgoing mail.

    Every call raises ``QueueUnavailable`` where the queue cannot be asked; those with an id raise ``NotInQueue``.
    """

    def list(self) -> tuple[QueuedMessage, ...]:
        """Every message, oldest first."""

    def headers(self, queue_id: str) -> Mapping[str, str]:
        """The header fields of one message, decoded, lower-case names."""

    def retry(self, queue_ids: Sequence[str] | None) -> None:
        """Try these (None: all) again at once."""

    def hold(self, queue_id: str) -> None:
        """Keep it and try no more until it is released."""

    def release(self, queue_id: str) -> None:
        """Try a held one again."""

    def delete(self, queue_id: str) -> None:
        """Forget it for good; nobody is told."""
