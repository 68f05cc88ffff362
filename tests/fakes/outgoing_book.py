"""The book of outgoing mail in memory; keeps the same contract as the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidAddress, Unavailable
from machiya.mail.outgoing import (
    FINAL_FAILURES,
    DueNotice,
    LogPosition,
    NoticeState,
    OutgoingEvent,
    OutgoingFacts,
    OutgoingMessage,
    RelayEvent,
    merged,
)


def key_of(address: str) -> str:
    try:
        return str(EmailAddress.parse(address))
    except InvalidAddress:
        return address.lower()


@dataclass
class FakeOutgoingBook:
    """``OutgoingBook``; set ``ill`` and nothing is taken any more."""

    messages: dict[str, OutgoingMessage] = field(default_factory=dict)
    happened: dict[str, OutgoingEvent] = field(default_factory=dict)
    said: dict[str, tuple[RelayEvent, datetime]] = field(default_factory=dict)
    notices: dict[str, NoticeState] = field(default_factory=dict)
    position: LogPosition = field(default_factory=LogPosition)
    ill: bool = False

    def log_position(self) -> LogPosition:
        return self.position

    def take_log(self, facts: Sequence[OutgoingFacts], position: LogPosition) -> None:
        if self.ill:
            raise Unavailable("the fake book is ill", hint="make it well")
        self.messages |= {message.queue_id: message for message in merged(self.messages, facts)}
        for fact in facts:
            if fact.event:
                self.happened.setdefault(fact.event.key, fact.event)
        self.position = position

    def take_relay_events(self, events: Sequence[RelayEvent], moment: datetime) -> int:
        fresh = {event.event_id: event for event in events if event.event_id not in self.said}
        self.said |= {name: (event, moment) for name, event in fresh.items()}
        self.notices |= {name: NoticeState.DUE for name, event in fresh.items() if event.kind in FINAL_FAILURES}
        return len(fresh)

    def due_notices(self, limit: int) -> tuple[DueNotice, ...]:
        due = [self.said[name] for name, state in self.notices.items() if state is NoticeState.DUE]
        due.sort(key=lambda pair: (pair[1], pair[0].event_id))
        return tuple(DueNotice(event, at) for event, at in due[:limit])

    def settle_notice(self, event_id: str, state: NoticeState) -> None:
        self.notices[event_id] = state

    def search(self, query: str, *, since: datetime | None, limit: int) -> tuple[OutgoingMessage, ...]:
        found = [m for m in self.messages.values() if (not query or self._fits(m, query))]
        found = [m for m in found if since is None or m.first_seen_at >= since]
        found.sort(key=lambda m: (m.first_seen_at, m.queue_id), reverse=True)
        return tuple(found[:limit])

    def _fits(self, message: OutgoingMessage, query: str) -> bool:
        people = {message.sender, message.login, *(event.recipient for event in self.events(message.queue_id))}
        return query in {message.queue_id, message.message_id} or key_of(query) in map(key_of, people)

    def events(self, queue_id: str) -> tuple[OutgoingEvent, ...]:
        found = [event for event in self.happened.values() if event.queue_id == queue_id]
        return tuple(sorted(found, key=lambda event: (event.at, event.order, event.key)))

    def relay_events(self, message_id: str) -> tuple[RelayEvent, ...]:
        found = [(event, at) for event, at in self.said.values() if event.message_id == message_id]
        return tuple(e for e, _ in sorted(found, key=lambda pair: (pair[0].at, pair[1], pair[0].event_id)))
