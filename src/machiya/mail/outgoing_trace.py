"""Where is the message I sent? Its journey out, told in plain words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from machiya.mail.outgoing import OutgoingEvent, OutgoingKind, OutgoingMessage, RelayEvent, RelayEventKind
from machiya.mail.outgoing_ports import OutgoingBook
from machiya.mail.trace import Step

_Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OutgoingJourney:
    """A message and its steps, oldest first; ``state`` is the worst of what its recipients met last.

    ``recipients``: as its sender wrote them, those that were tried so far; the queue names nobody before.
    """

    message: OutgoingMessage
    state: str
    steps: tuple[Step, ...]
    recipients: tuple[str, ...] = ()


def find_outgoing(
    book: OutgoingBook, query: str, *, since: datetime | None, limit: int, as_written: bool = False
) -> tuple[OutgoingJourney, ...]:
    """Journeys by queue id, Message-ID, sender, login or recipient, newest first; empty where nothing fits.

    ``as_written``: for the sender, who is told of the recipients as he wrote them and not who is behind an alias.
    """
    found = book.search(query.strip().strip("<>"), since=since, limit=limit)
    return tuple(_journey(book, message, as_written=as_written) for message in found)


def _journey(book: OutgoingBook, message: OutgoingMessage, *, as_written: bool) -> OutgoingJourney:
    events = book.events(message.queue_id)
    relayed = {event.recipient.lower() for event in events if event.kind is OutgoingKind.RELAYED}
    said = book.relay_events(message.message_id) if message.message_id else ()
    said = tuple(event for event in said if event.recipient.lower() in relayed)
    tell = _as_written if as_written else _sentence
    steps = [Step(event.at, tell(event)) for event in events] + [Step(event.at, _word(event)) for event in said]
    to = tuple(dict.fromkeys(_written(event) for event in events if event.recipient))
    if as_written:
        steps = list(dict.fromkeys(steps))  # two behind one alias are one for its sender
    ordered = sorted(steps, key=lambda step: step.at)
    return OutgoingJourney(message, state_of(events, said), tuple(ordered), to)


_RANK = ("bounced", "refused", "deferred", "held", "queued", "relayed", "delivered")
_BY_QUEUE = {
    OutgoingKind.STORED: "delivered",
    OutgoingKind.RELAYED: "relayed",
    OutgoingKind.DEFERRED: "deferred",
    OutgoingKind.BOUNCED: "bounced",
    OutgoingKind.EXPIRED: "bounced",
    OutgoingKind.REFUSED: "refused",
}
_BY_RELAY = {
    RelayEventKind.DELIVERED: "delivered",
    RelayEventKind.COMPLAINED: "delivered",
    RelayEventKind.BOUNCED: "bounced",
    RelayEventKind.DROPPED: "bounced",
}


def state_of(events: Sequence[OutgoingEvent], said: Sequence[RelayEvent]) -> str:
    """One word: bounced, refused, deferred, held, queued, relayed (the relay has it) or delivered."""
    last: dict[str, str] = {}
    for event in events:
        if event.kind in _BY_QUEUE:
            last[event.recipient.lower()] = _BY_QUEUE[event.kind]
    for word in said:
        if word.kind in _BY_RELAY:
            last[word.recipient.lower()] = _BY_RELAY[word.kind]
    if events and events[-1].kind is OutgoingKind.HELD:
        return "held"
    return min(last.values(), key=_RANK.index, default="queued")


def _sentence(event: OutgoingEvent) -> str:
    return _SENTENCES[event.kind](event.recipient, event.detail)


def _written(event: OutgoingEvent) -> str:
    return str(event.detail.get("asked") or event.recipient)


def _as_written(event: OutgoingEvent) -> str:
    """Where an alias stands between, without the server's own words: they name the mailbox, each in its way."""
    written = _written(event)
    if written.lower() == event.recipient.lower():
        return _sentence(event)
    return _SENTENCES[event.kind](written, {**event.detail, "text": ""})


def _because(detail: _Detail) -> str:
    """The other server's words, after ours."""
    return f": {detail['text']}" if detail.get("text") else ""


def _queued(_to: str, detail: _Detail) -> str:
    count = detail.get("recipients", 1)
    return f"in the queue for {count} recipient{'' if count == 1 else 's'} ({detail.get('size', 0)} bytes)"


_SENTENCES: Mapping[OutgoingKind, Callable[[str, _Detail], str]] = {
    OutgoingKind.SUBMITTED: lambda _, d: (
        f"submitted by {d['login']}" if d.get("login") else "handed in by the mail store (vacation or forward)"
    ),
    OutgoingKind.QUEUED: _queued,
    OutgoingKind.STORED: lambda to, d: f"stored for {to} in this house{_because(d)}",
    OutgoingKind.RELAYED: lambda to, d: f"taken over by the relay {d.get('relay', '')} for {to}{_because(d)}",
    OutgoingKind.DEFERRED: lambda to, d: f"not yet for {to}: the house keeps it and tries again{_because(d)}",
    OutgoingKind.BOUNCED: lambda to, d: f"refused for good for {to}{_because(d)}",
    OutgoingKind.EXPIRED: lambda _, __: "given up: it could not be delivered in time and went back to its sender",
    OutgoingKind.REFUSED: lambda _, d: f"not accepted from its sender{_because(d)}",
    OutgoingKind.HELD: lambda _, __: "put on hold by the administrator (machiya queue release)",
    OutgoingKind.NOTIFIED: lambda _, d: f"its sender is being told that it failed ({d.get('notice', '')})",
    OutgoingKind.REMOVED: lambda _, __: "left the queue",
}
_WORDS: Mapping[RelayEventKind, str] = {
    RelayEventKind.PROCESSED: "the relay is sending it to {to}",
    RelayEventKind.DELIVERED: "delivered: the server of {to} has it",
    RelayEventKind.DEFERRED: "not yet for {to}: the relay keeps it and tries again",
    RelayEventKind.BOUNCED: "bounced: the server of {to} refused it",
    RelayEventKind.DROPPED: "dropped by the relay: it did not try to reach {to}",
    RelayEventKind.COMPLAINED: "{to} marked it as spam",
}


def _word(event: RelayEvent) -> str:
    reason = f": {event.reason}" if event.reason else ""
    return _WORDS[event.kind].format(to=event.recipient) + reason
