"""The ledger of deliveries in the database; the hot path of the house."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, bindparam, delete, insert, select, update

from machiya.adapters.sql.errors import DRIVER_ERRORS, is_constraint
from machiya.adapters.sql.quarantine import quarantine_values
from machiya.adapters.sql.statements import Prepared, PreparedSelect, upsert
from machiya.adapters.sql.tables.base import ENVELOPE_LENGTH
from machiya.adapters.sql.tables.incoming import deliveries, ledger_entries, quarantine, trace_events
from machiya.adapters.sql.types import storable
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Conflict, InvalidAddress, NotFound
from machiya.core.identifiers import DeliveryId
from machiya.mail.model import DeliveryRecord, DeliveryState, EntryState, LedgerEntry, Quarantined, TraceEvent

_D, _E, _T = deliveries.c, ledger_entries.c, trace_events.c

RECORD_COLUMNS = (
    _D.delivery_id, _D.md5, _D.size_bytes, _D.sender, _D.recipient, _D.accepted_at, _D.first_seen_at, _D.updated_at,
    _D.state, _D.reason, _D.message_id, _D.subject, _D.header_from, _D.attempts,
)  # fmt: skip
ENTRY_COLUMNS = (_E.delivery_id, _E.mailbox, _E.state, _E.lease_until, _E.updated_at, _E.detail)
EVENT_COLUMNS = (_T.delivery_id, _T.at, _T.kind, _T.detail)


class LedgerStatements:
    """Everything the ledger says, compiled once for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        by_id = bindparam("delivery_id", type_=_D.delivery_id.type)
        changes: dict[str, Any] = {
            column.name: bindparam(column.name) for column in deliveries.columns if not column.primary_key
        }
        moment = bindparam("moment", type_=_E.lease_until.type)
        self.delivery = PreparedSelect(select(*RECORD_COLUMNS).where(_D.delivery_id == by_id), dialect)
        self.entries = PreparedSelect(
            select(*ENTRY_COLUMNS).where(_E.delivery_id == by_id).order_by(_E.mailbox), dialect
        )
        self.add_delivery = Prepared(insert(deliveries), dialect)
        self.update_delivery = Prepared(
            update(deliveries).where(_D.delivery_id == bindparam("this_id")).values(changes), dialect
        )
        self.save_entry = Prepared(upsert(ledger_entries, dialect), dialect)
        self.add_event = Prepared(
            insert(trace_events).values({column.name: bindparam(column.name) for column in EVENT_COLUMNS}).inline(),
            dialect,
        )
        self.add_quarantined = Prepared(upsert(quarantine, dialect), dialect)
        self.remove_quarantined = Prepared(delete(quarantine).where(quarantine.c.delivery_id == by_id), dialect)
        self.expire_leases = Prepared(
            update(ledger_entries)
            .where(_E.state == bindparam("delivering"), _E.lease_until > moment)
            .values(lease_until=moment),
            dialect,
        )


class SqlLedger:
    """``Ledger`` on a driver's cursor, inside a transaction somebody else owns.

    Driver errors leave as they are: the owner of the transaction must see them (``group_commit``).
    """

    def __init__(self, cursor: Any, statements: LedgerStatements) -> None:
        self._cursor = cursor
        self._statements = statements

    def delivery(self, delivery_id: DeliveryId) -> DeliveryRecord | None:
        """The row for this id."""
        found = self._statements.delivery.rows(self._cursor, {"delivery_id": delivery_id})
        return record_from(found[0]) if found else None

    def entries(self, delivery_id: DeliveryId) -> tuple[LedgerEntry, ...]:
        """The rows for each mailbox of this id, by mailbox."""
        return tuple(
            entry_from(row) for row in self._statements.entries.rows(self._cursor, {"delivery_id": delivery_id})
        )

    def add_delivery(self, record: DeliveryRecord) -> None:
        """Insert.

        Raises:
            Conflict: another transaction inserted it first.
        """
        try:
            self._statements.add_delivery.run(self._cursor, _record_values(record))
        except DRIVER_ERRORS as error:
            if not is_constraint(error):
                raise
            raise Conflict(f"delivery {record.delivery_id} is in the ledger already") from error

    def update_delivery(self, record: DeliveryRecord) -> None:
        """Write all columns of an existing row.

        Raises:
            NotFound: there is no such row.
        """
        values = _record_values(record)
        values["this_id"] = record.delivery_id
        if not self._statements.update_delivery.run(self._cursor, values).rowcount:
            raise NotFound(f"delivery {record.delivery_id} is not in the ledger")

    def save_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Insert or update by (delivery id, mailbox)."""
        self._statements.save_entry.run_many(self._cursor, [_entry_values(entry) for entry in entries])

    def add_events(self, events: Sequence[TraceEvent]) -> None:
        """Append to the trace."""
        self._statements.add_event.run_many(self._cursor, [_event_values(event) for event in events])

    def add_quarantined(self, item: Quarantined) -> None:
        """Insert or replace by delivery id."""
        self._statements.add_quarantined.run(self._cursor, quarantine_values(item))

    def remove_quarantined(self, delivery_id: DeliveryId) -> None:
        """Forget it; no error if it is not there."""
        self._statements.remove_quarantined.run(self._cursor, {"delivery_id": delivery_id})

    def expire_leases(self, moment: datetime) -> int:
        """Make every live lease end at ``moment``; how many."""
        values = {"delivering": str(EntryState.DELIVERING), "moment": moment}
        changed: int = self._statements.expire_leases.run(self._cursor, values).rowcount
        return changed


@lru_cache(maxsize=4096)
def search_key(address: str) -> str:
    """How an envelope's address is searched: canonical where it has such a form, so that case does not matter."""
    text = storable(address[:ENVELOPE_LENGTH])
    try:
        return str(EmailAddress.parse(text))
    except InvalidAddress:
        return text.lower()


def _record_values(record: DeliveryRecord) -> dict[str, Any]:
    return {
        "delivery_id": record.delivery_id,
        "md5": record.md5,
        "size_bytes": record.size_bytes,
        "sender": record.sender,
        "recipient": record.recipient,
        "sender_key": search_key(record.sender),
        "recipient_key": search_key(record.recipient),
        "accepted_at": record.accepted_at,
        "first_seen_at": record.first_seen_at,
        "updated_at": record.updated_at,
        "state": record.state.value,
        "reason": record.reason,
        "message_id": record.message_id,
        "subject": record.subject,
        "header_from": record.header_from,
        "attempts": record.attempts,
    }


def _entry_values(entry: LedgerEntry) -> Mapping[str, Any]:
    return {
        "delivery_id": entry.delivery_id,
        "mailbox": entry.mailbox,
        "state": entry.state.value,
        "lease_until": entry.lease_until,
        "updated_at": entry.updated_at,
        "detail": entry.detail,
    }


def _event_values(event: TraceEvent) -> Mapping[str, Any]:
    return {"delivery_id": event.delivery_id, "at": event.at, "kind": event.kind, "detail": dict(event.detail)}


def record_from(row: Sequence[Any]) -> DeliveryRecord:
    """A row of ``RECORD_COLUMNS``."""
    (
        delivery_id, md5, size_bytes, sender, recipient, accepted_at, first_seen_at, updated_at,
        state, reason, message_id, subject, header_from, attempts,
    ) = row  # fmt: skip
    return DeliveryRecord(
        delivery_id, md5, size_bytes, sender, recipient, accepted_at, first_seen_at, updated_at,
        DeliveryState(state), reason, message_id, subject, header_from, attempts,
    )  # fmt: skip


def entry_from(row: Sequence[Any]) -> LedgerEntry:
    """A row of ``ENTRY_COLUMNS``."""
    delivery_id, mailbox, state, lease_until, updated_at, detail = row
    return LedgerEntry(delivery_id, mailbox, EntryState(state), lease_until, updated_at, detail)


def event_from(row: Sequence[Any]) -> TraceEvent:
    """A row of ``EVENT_COLUMNS``."""
    return TraceEvent(*row)
