"""The edge's book in memory, with the same contract as the database (tests/contract/test_edge_book.py)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fakes.ledger import LedgerData
from machiya.core.identifiers import DeliveryId, moment_of
from machiya.mail.edge import DeadLetter, EdgeOrder, EdgeReport, EdgeState

_NOTHING_YET = EdgeState(
    reported_at=None, edge="", held=0, held_more=False, oldest=None, held_ids=(), dead_count=0, errors=(),
    recipients_etag=None, recipients_confirmed_at=None, recipients_complete=False,
)  # fmt: skip


@dataclass
class FakeEdgeBook:
    """``EdgeBook``; ``ledger`` is what the house has seen."""

    ledger: LedgerData = field(default_factory=LedgerData)
    current: EdgeState | None = None
    dead: tuple[DeadLetter, ...] = ()
    accepted: set[DeliveryId] = field(default_factory=set)
    orders: dict[str, tuple[datetime, EdgeOrder]] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)

    def state(self) -> EdgeState | None:
        return self.current

    def take_report(self, report: EdgeReport, moment: datetime) -> None:
        before = self.current or _NOTHING_YET
        errors = sorted([*before.errors, *report.errors], key=lambda error: error.at)[-50:]
        self.current = EdgeState(
            reported_at=moment,
            edge=report.edge,
            held=report.held,
            held_more=report.held_more,
            oldest=report.oldest,
            held_ids=report.held_ids,
            dead_count=report.dead_count,
            errors=tuple(errors),
            recipients_etag=report.recipients_etag,
            recipients_confirmed_at=report.recipients_confirmed_at,
            recipients_complete=report.recipients_complete,
            clock_skew_seconds=before.clock_skew_seconds,
            clock_skew_at=before.clock_skew_at,
        )
        self.dead = tuple(sorted(report.dead, key=lambda letter: letter.delivery_id))
        recent = moment - timedelta(days=30)
        self.accepted = {found for found in {*self.accepted, *report.accepted} if moment_of(found) >= recent}
        for done in report.orders_done:
            if self.orders.pop(done.order_id, None):
                self.results[done.order_id] = done.result

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        return self.dead

    def open_orders(self) -> tuple[EdgeOrder, ...]:
        return tuple(order for _, order in sorted(self.orders.values(), key=lambda o: (o[0], o[1].order_id)))

    def add_order(self, order: EdgeOrder, moment: datetime) -> None:
        self.orders = {key: kept for key, kept in self.orders.items() if kept[1].delivery_id != order.delivery_id}
        self.orders[order.order_id] = (moment, order)

    def note_clock_skew(self, seconds: float, moment: datetime) -> None:
        noted = self.current or _NOTHING_YET
        self.current = replace(noted, clock_skew_seconds=round(seconds, 3), clock_skew_at=moment)

    def accepted_without_delivery(self, before: datetime, since: datetime) -> tuple[DeliveryId, ...]:
        unknown = (found for found in self.accepted if found not in self.ledger.deliveries)
        return tuple(sorted(found for found in unknown if since <= moment_of(found) < before))

    def accepted_count(self, since: datetime) -> int:
        return sum(moment_of(found) >= since for found in self.accepted)
