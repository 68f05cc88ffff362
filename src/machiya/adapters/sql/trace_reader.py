"""Questions about journeys, asked of the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, func, select, union

from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.ledger import (
    ENTRY_COLUMNS,
    EVENT_COLUMNS,
    RECORD_COLUMNS,
    entry_from,
    event_from,
    record_from,
    search_key,
)
from machiya.adapters.sql.tables.incoming import deliveries, ledger_entries, trace_events
from machiya.adapters.sql.types import storable
from machiya.core.identifiers import DeliveryId
from machiya.mail.model import DeliveryRecord, DeliveryState, LedgerEntry, TraceEvent

UNFINISHED_LIMIT = 500

_D = deliveries.c


class SqlTraceReader:
    """``TraceReader``; each call is one statement."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def search(self, query: str, *, since: datetime | None, limit: int) -> tuple[DeliveryRecord, ...]:
        """Deliveries with this id, Message-ID, sender, recipient or mailbox (empty: all), newest first."""
        found: Select[Any] = select(*RECORD_COLUMNS).order_by(_D.first_seen_at.desc(), _D.delivery_id.desc())
        if query:
            hits = _hits(query).subquery("hits")
            found = found.join(hits, hits.c.delivery_id == _D.delivery_id)
        if since is not None:
            found = found.where(_D.first_seen_at >= since)
        return tuple(record_from(row) for row in self._rows(found.limit(limit)))

    def events(self, delivery_id: DeliveryId) -> tuple[TraceEvent, ...]:
        """The journey in order."""
        query = select(*EVENT_COLUMNS).where(trace_events.c.delivery_id == delivery_id).order_by(trace_events.c.id)
        return tuple(event_from(row) for row in self._rows(query))

    def entries(self, delivery_id: DeliveryId) -> tuple[LedgerEntry, ...]:
        """The rows for each mailbox, by mailbox."""
        entries = ledger_entries.c
        query = select(*ENTRY_COLUMNS).where(entries.delivery_id == delivery_id).order_by(entries.mailbox)
        return tuple(entry_from(row) for row in self._rows(query))

    def unfinished(self) -> tuple[DeliveryRecord, ...]:
        """Deliveries that are pending, oldest first (at most 500)."""
        pending = select(*RECORD_COLUMNS).where(_D.state == DeliveryState.PENDING.value)
        query = pending.order_by(_D.first_seen_at, _D.delivery_id).limit(UNFINISHED_LIMIT)
        return tuple(record_from(row) for row in self._rows(query))

    def counts(self, since: datetime) -> Mapping[str, int]:
        """How many deliveries first seen since then are in each state."""
        query = select(_D.state, func.count()).where(_D.first_seen_at >= since).group_by(_D.state)
        return {str(state): int(count) for state, count in self._rows(query)}

    def _rows(self, query: Select[Any]) -> Sequence[Sequence[Any]]:
        with translating(), self._engine.connect() as connection:
            return connection.execute(query).all()


def _hits(query: str) -> Any:
    """A union, so that each branch uses its own index on both databases (an OR would scan the table on MariaDB)."""
    message_id = storable(query.strip().strip("<>"))
    address = search_key(message_id)
    by_mailbox = select(ledger_entries.c.delivery_id).where(ledger_entries.c.mailbox == address)
    return union(
        select(_D.delivery_id).where(_D.delivery_id == message_id.lower()),
        select(_D.delivery_id).where(_D.message_id == message_id),
        select(_D.delivery_id).where(_D.sender_key == address),
        select(_D.delivery_id).where(_D.recipient_key == address),
        by_mailbox,
    )
