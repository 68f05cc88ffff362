"""What the house knows of the edge, in the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from machiya.adapters.sql.engine import for_writing
from machiya.adapters.sql.errors import translating
from machiya.adapters.sql.statements import insert_new
from machiya.adapters.sql.tables.edge import edge_accepted, edge_dead, edge_orders, edge_state
from machiya.adapters.sql.tables.incoming import deliveries
from machiya.core.identifiers import DeliveryId, moment_of
from machiya.mail.edge import DeadLetter, EdgeError, EdgeOrder, EdgeReport, EdgeState, OrderAction

ERRORS_KEPT = 50
REMEMBERED = timedelta(days=30)

_STATE_ROW = 1
_NOTHING_YET: Mapping[str, Any] = {
    "id": _STATE_ROW, "reported_at": None, "edge": "", "held": 0, "held_more": False, "oldest": None, "held_ids": [],
    "dead_count": 0, "errors": [], "recipients_etag": None, "recipients_confirmed_at": None,
    "recipients_complete": False, "clock_skew_milliseconds": None, "clock_skew_at": None,
}  # fmt: skip


class SqlEdgeBook:
    """``EdgeBook``; each call is its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = for_writing(engine)

    def state(self) -> EdgeState | None:
        """The last report and what was noticed since."""
        with self._reading() as connection:
            row = connection.execute(select(edge_state)).first()
        return _state(row) if row is not None else None

    def take_report(self, report: EdgeReport, moment: datetime) -> None:
        """Replace the last report and the dead letters by this one; remember accepted ids; close orders done."""
        with self._writing() as connection:
            self._note(connection, _report_values(report, moment), report.errors)
            connection.execute(delete(edge_dead))
            _insert(connection, insert(edge_dead), _dead_values(report))
            _insert(connection, insert_new(edge_accepted, connection.dialect), _accepted_values(report))
            _close_orders(connection, report, moment)
            connection.execute(delete(edge_accepted).where(edge_accepted.c.accepted_at < moment - REMEMBERED))
            connection.execute(delete(edge_orders).where(edge_orders.c.done_at < moment - REMEMBERED))

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """What the edge gave up on, oldest first (by delivery id), as last reported."""
        with self._reading() as connection:
            rows = connection.execute(select(edge_dead).order_by(edge_dead.c.delivery_id)).all()
        return tuple(_dead_letter(row) for row in rows)

    def open_orders(self) -> tuple[EdgeOrder, ...]:
        """Orders not reported done yet, oldest first."""
        orders = edge_orders.c
        query = select(edge_orders).where(orders.done_at.is_(None)).order_by(orders.ordered_at, orders.order_id)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return tuple(EdgeOrder(row.order_id, OrderAction(row.action), DeliveryId(row.delivery_id)) for row in rows)

    def add_order(self, order: EdgeOrder, moment: datetime) -> None:
        """Place an order; an open one for the same delivery is replaced."""
        orders = edge_orders.c
        with self._writing() as connection:
            connection.execute(
                delete(edge_orders).where(orders.delivery_id == order.delivery_id, orders.done_at.is_(None))
            )
            values = {"order_id": order.order_id, "action": order.action.value, "delivery_id": order.delivery_id}
            connection.execute(insert(edge_orders), values | {"ordered_at": moment})

    def note_clock_skew(self, seconds: float, moment: datetime) -> None:
        """A correctly signed request was off by this much (positive: the edge is ahead)."""
        values = {"clock_skew_milliseconds": round(seconds * 1000), "clock_skew_at": moment}
        with self._writing() as connection:
            self._note(connection, values)

    def accepted_without_delivery(self, before: datetime, since: datetime) -> tuple[DeliveryId, ...]:
        """Ids the edge accepted in [since, before) that the ledger has never seen, in their own order."""
        accepted = edge_accepted.c
        known = select(deliveries.c.delivery_id).where(deliveries.c.delivery_id == accepted.delivery_id).exists()
        query = (
            select(accepted.delivery_id)
            .where(accepted.accepted_at >= since, accepted.accepted_at < before, ~known)
            .order_by(accepted.delivery_id)
        )
        with self._reading() as connection:
            return tuple(DeliveryId(found) for found in connection.scalars(query))

    def accepted_count(self, since: datetime) -> int:
        """How many ids the edge accepted since then."""
        query = select(func.count()).select_from(edge_accepted).where(edge_accepted.c.accepted_at >= since)
        with self._reading() as connection:
            return connection.scalar(query) or 0

    def _note(self, connection: Connection, values: Mapping[str, Any], errors: Sequence[EdgeError] = ()) -> None:
        """Change the one row; it is locked first, so that two reports at once do not lose each other's errors."""
        connection.execute(insert_new(edge_state, connection.dialect), dict(_NOTHING_YET))
        before = connection.execute(select(edge_state.c.errors).with_for_update()).scalar_one()
        kept = [*before, *(_error_data(error) for error in errors)]
        newest = sorted(kept, key=lambda error: str(error["at"]))[-ERRORS_KEPT:]
        connection.execute(update(edge_state).values(**values, errors=newest))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translating(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translating(), self._writer.begin() as connection:
            yield connection


def _insert(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, [dict(row) for row in rows])


def _close_orders(connection: Connection, report: EdgeReport, moment: datetime) -> None:
    for done in report.orders_done:
        connection.execute(
            update(edge_orders)
            .where(edge_orders.c.order_id == done.order_id, edge_orders.c.done_at.is_(None))
            .values(done_at=moment, result=done.result)
        )


def _report_values(report: EdgeReport, moment: datetime) -> dict[str, Any]:
    return {
        "reported_at": moment,  # by the house's clock: the edge's may be off
        "edge": report.edge,
        "held": report.held,
        "held_more": report.held_more,
        "oldest": report.oldest,
        "held_ids": list(report.held_ids),
        "dead_count": report.dead_count,
        "recipients_etag": report.recipients_etag,
        "recipients_confirmed_at": report.recipients_confirmed_at,
        "recipients_complete": report.recipients_complete,
    }


def _dead_values(report: EdgeReport) -> list[Mapping[str, Any]]:
    by_id = {letter.delivery_id: letter for letter in report.dead}
    return [
        {
            "delivery_id": letter.delivery_id,
            "sender": letter.sender,
            "recipient": letter.recipient,
            "accepted_at": letter.accepted_at,
            "died_at": letter.died_at,
            "size_bytes": letter.size_bytes,
            "reason": letter.reason,
        }
        for letter in by_id.values()
    ]


def _accepted_values(report: EdgeReport) -> list[Mapping[str, Any]]:
    return [{"delivery_id": accepted, "accepted_at": moment_of(accepted)} for accepted in report.accepted]


def _error_data(error: EdgeError) -> dict[str, str]:
    return {
        "at": error.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "code": error.code,
        "detail": error.detail,
    }


def _dead_letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        delivery_id=DeliveryId(row.delivery_id),
        sender=row.sender,
        recipient=row.recipient,
        accepted_at=row.accepted_at,
        died_at=row.died_at,
        size_bytes=row.size_bytes,
        reason=row.reason,
    )


def _state(row: Row[Any]) -> EdgeState:
    skew = row.clock_skew_milliseconds
    return EdgeState(
        reported_at=row.reported_at,
        edge=row.edge,
        held=row.held,
        held_more=row.held_more,
        oldest=row.oldest,
        held_ids=tuple(DeliveryId(held) for held in row.held_ids),
        dead_count=row.dead_count,
        errors=tuple(EdgeError(datetime.fromisoformat(e["at"]), e["code"], e["detail"]) for e in row.errors),
        recipients_etag=row.recipients_etag,
        recipients_confirmed_at=row.recipients_confirmed_at,
        recipients_complete=row.recipients_complete,
        clock_skew_seconds=None if skew is None else skew / 1000,
        clock_skew_at=row.clock_skew_at,
    )
