"""What the house knows of outgoing mail, in the database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, select, union, update

from machiya.adapters.sql.engine import for_writing
from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.ledger import search_key
from machiya.adapters.sql.statements import insert_new, upsert
from machiya.adapters.sql.tables.outgoing import (
    EVENT_ID_LENGTH,
    QUEUE_ID_LENGTH,
    outgoing_events,
    outgoing_log,
    outgoing_messages,
    relay_events,
)
from machiya.adapters.sql.types import storable
from machiya.mail.outgoing import (
    FINAL_FAILURES,
    DueNotice,
    LogPosition,
    NoticeState,
    OutgoingEvent,
    OutgoingFacts,
    OutgoingKind,
    OutgoingMessage,
    RelayEvent,
    RelayEventKind,
    merged,
)

_LOG_ROW = 1
_M, _E, _R = outgoing_messages.c, outgoing_events.c, relay_events.c


class SqlOutgoingBook:
    """``OutgoingBook``; each call is its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = for_writing(engine)

    def log_position(self) -> LogPosition:
        """Up to where the queue's log was taken; the beginning of nothing at first."""
        rows = self._rows(select(outgoing_log.c.identity, outgoing_log.c.offset_bytes))
        return LogPosition(rows[0].identity, rows[0].offset_bytes) if rows else LogPosition()

    def take_log(self, facts: Sequence[OutgoingFacts], position: LogPosition) -> None:
        """Merge facts into messages, add events that are new, and remember the position: all or nothing."""
        with self._writing() as connection:
            known = _known(connection, {fact.queue_id for fact in facts})
            messages = merged(known, facts)
            _run(connection, upsert(outgoing_messages, connection.dialect), [_message_row(m) for m in messages])
            events = [_event_row(fact.event) for fact in facts if fact.event]
            _run(connection, insert_new(outgoing_events, connection.dialect), events)
            row = {"id": _LOG_ROW, "identity": position.identity, "offset_bytes": position.offset}
            _run(connection, upsert(outgoing_log, connection.dialect), [row])

    def take_relay_events(self, events: Sequence[RelayEvent], moment: datetime) -> int:
        """Add the events whose id is new; how many were. Final failures become due notices."""
        by_id = {storable(event.event_id[:EVENT_ID_LENGTH]): event for event in events}
        with self._writing() as connection:
            known = set(connection.scalars(select(_R.event_id).where(_R.event_id.in_(list(by_id)))))
            fresh = [_relay_row(event, moment) for key, event in by_id.items() if key not in known]
            _run(connection, insert_new(relay_events, connection.dialect), fresh)
        return len(fresh)

    def due_notices(self, limit: int) -> tuple[DueNotice, ...]:
        """Failures nobody was told of, oldest first."""
        due = select(relay_events).where(_R.notice == NoticeState.DUE.value).order_by(_R.received_at, _R.event_id)
        return tuple(DueNotice(_relay_event(row), row.received_at) for row in self._rows(due.limit(limit)))

    def settle_notice(self, event_id: str, state: NoticeState) -> None:
        """Write what became of a due notice."""
        with self._writing() as connection:
            connection.execute(update(relay_events).where(_R.event_id == event_id).values(notice=state.value))

    def search(self, query: str, *, since: datetime | None, limit: int) -> tuple[OutgoingMessage, ...]:
        """Messages with this queue id, Message-ID, sender, login or recipient (empty: all), newest first."""
        found = select(outgoing_messages).order_by(_M.first_seen_at.desc(), _M.queue_id.desc())
        if query:
            hits = _hits(query).subquery("hits")
            found = found.join(hits, hits.c.queue_id == _M.queue_id)
        if since is not None:
            found = found.where(_M.first_seen_at >= since)
        return tuple(_message(row) for row in self._rows(found.limit(limit)))

    def events(self, queue_id: str) -> tuple[OutgoingEvent, ...]:
        """What befell a message in the queue, in order."""
        query = select(outgoing_events).where(_E.queue_id == queue_id).order_by(_E.at, _E.log_order, _E.event_key)
        return tuple(_event(row) for row in self._rows(query))

    def relay_events(self, message_id: str) -> tuple[RelayEvent, ...]:
        """What the relay said of a Message-ID, in order."""
        query = select(relay_events).where(_R.message_id == message_id).order_by(_R.at, _R.received_at, _R.event_id)
        return tuple(_relay_event(row) for row in self._rows(query))

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with translating(), self._engine.connect() as connection:
            return connection.execute(query).all()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translating(), self._writer.begin() as connection:
            yield connection


def _known(connection: Connection, queue_ids: set[str]) -> dict[str, OutgoingMessage]:
    rows = connection.execute(select(outgoing_messages).where(_M.queue_id.in_(sorted(queue_ids))))
    return {row.queue_id: _message(row) for row in rows}


def _run(connection: Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, list(rows))


def _hits(query: str) -> Any:
    """A union, so that each branch uses its own index on both databases."""
    exact = storable(query)
    address = search_key(exact)
    return union(
        select(_M.queue_id).where(_M.queue_id == exact[:QUEUE_ID_LENGTH]),
        select(_M.queue_id).where(_M.message_id == exact),
        select(_M.queue_id).where(_M.sender_key == address),
        select(_M.queue_id).where(_M.login == address),
        select(_E.queue_id).where(_E.recipient_key == address),
    )


def _message_row(message: OutgoingMessage) -> dict[str, Any]:
    return {
        "queue_id": message.queue_id,
        "first_seen_at": message.first_seen_at,
        "message_id": message.message_id,
        "sender": message.sender,
        "sender_key": search_key(message.sender),
        "login": search_key(message.login),
        "size_bytes": message.size_bytes,
    }


def _message(row: Row[Any]) -> OutgoingMessage:
    return OutgoingMessage(row.queue_id, row.first_seen_at, row.message_id, row.sender, row.login, row.size_bytes)


def _event_row(event: OutgoingEvent) -> dict[str, Any]:
    return {
        "event_key": event.key,
        "queue_id": event.queue_id,
        "at": event.at,
        "log_order": event.order,
        "kind": event.kind.value,
        "recipient": event.recipient,
        "recipient_key": search_key(event.recipient),
        "detail": dict(event.detail),
    }


def _event(row: Row[Any]) -> OutgoingEvent:
    kind = OutgoingKind(row.kind)
    return OutgoingEvent(row.event_key, row.queue_id, row.at, kind, row.recipient, row.detail, row.log_order)


def _relay_row(event: RelayEvent, moment: datetime) -> dict[str, Any]:
    notice = NoticeState.DUE if event.kind in FINAL_FAILURES else NoticeState.NONE
    return {
        "event_id": event.event_id,
        "message_id": event.message_id,
        "recipient": event.recipient,
        "at": event.at,
        "received_at": moment,
        "kind": event.kind.value,
        "status": event.status,
        "reason": event.reason,
        "notice": notice.value,
    }


def _relay_event(row: Row[Any]) -> RelayEvent:
    kind = RelayEventKind(row.kind)
    return RelayEvent(row.event_id, row.message_id, row.recipient, row.at, kind, row.reason, row.status)
