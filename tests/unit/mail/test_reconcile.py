"""Edge, ledger and store held against each other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fakes.edge_book import FakeEdgeBook
from fakes.ledger import FakeTraceReader
from fakes.mail_room import Fault, MailRoom
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.edge import DeadLetter, EdgeReport
from machiya.mail.model import StoreOutcome, StoreStatus
from machiya.mail.ports import StoreUnavailable
from machiya.mail.reconcile import Reconciliation, reconcile

DAY = timedelta(days=1)


class House:
    """A mail room and what its edge told of itself."""

    def __init__(self) -> None:
        self.room = MailRoom()
        self.book = FakeEdgeBook(self.room.ledger.data)
        self.begin = self.room.clock.now()

    def report(self, **known: Any) -> None:
        nothing = EdgeReport(
            edge="worker", at=self.room.clock.now(), held=0, held_more=False, oldest=None, held_ids=(), dead_count=0,
            dead=(), accepted=(), errors=(), recipients_etag=None, recipients_confirmed_at=None,
            recipients_complete=True,
        )  # fmt: skip
        self.book.take_report(replace(nothing, **known), self.room.clock.now())

    def accepted(self, count: int) -> tuple[DeliveryId, ...]:
        """Ids in the order of their making."""
        made = []
        for _ in range(count):
            self.room.clock.move(seconds=0.001)
            made.append(new_delivery_id(self.room.clock.now()))
        return tuple(made)

    def letters(self, ids: Sequence[DeliveryId]) -> tuple[DeadLetter, ...]:
        now = self.room.clock.now()
        return tuple(DeadLetter(dead, "", "x@example.jp", now, now, 1, "r") for dead in ids)

    async def reconcile(self, minutes: float = 11) -> Reconciliation:
        self.room.clock.move(seconds=minutes * 60)
        return await reconcile(
            book=self.book,
            trace=FakeTraceReader(self.room.ledger.data),
            store=self.room.store,
            clock=self.room.clock,
            since=self.begin,
        )


@pytest.fixture
def house() -> House:
    return House()


async def test_reconcile_of_nothing_is_in_order(house: House) -> None:
    found = await house.reconcile()
    assert found == Reconciliation(house.begin, 0, 0, 0, 0, ())
    assert found.in_order


async def test_reconcile_counts_what_came_and_was_delivered(house: House) -> None:
    messages = [house.room.message() for _ in range(3)]
    for message in messages:
        await house.room.take(message)
    await house.room.take(nobody := house.room.message("nobody@example.jp"))
    house.report(accepted=tuple(message.delivery_id for message in (*messages, nobody)))
    found = await house.reconcile()
    assert (found.accepted, found.delivered, found.dead, found.held) == (4, 3, 1, 0)
    assert found.discrepancies == ()
    assert found.in_order


async def test_reconcile_alarms_about_what_was_accepted_and_is_nowhere(house: House) -> None:
    (lost,) = house.accepted(1)
    house.report(accepted=(lost,))
    found = await house.reconcile()
    assert [(item.delivery_id, item.alarming) for item in found.discrepancies] == [(lost, True)]
    assert not found.in_order


async def test_reconcile_gives_a_message_time_to_come_home(house: House) -> None:
    house.report(accepted=house.accepted(1))
    assert (await house.reconcile(minutes=9)).in_order
    assert not (await house.reconcile(minutes=2)).in_order


async def test_reconcile_finds_the_held_and_the_dead_in_order(house: House) -> None:
    held, dead = house.accepted(2)
    house.report(
        accepted=(held, dead), held=1, held_ids=(held,), dead_count=1, dead=house.letters([dead])
    )  # fmt: skip
    found = await house.reconcile()
    assert found.held == 1
    assert found.discrepancies == ()


async def test_reconcile_does_not_alarm_about_what_a_cut_list_may_hold(house: House) -> None:
    first, lost, listed, behind = house.accepted(4)
    house.report(accepted=(first, lost, listed, behind), held=900, held_more=True, held_ids=(first, listed))
    found = await house.reconcile()
    assert {item.delivery_id: item.alarming for item in found.discrepancies} == {lost: True, behind: False}


async def test_reconcile_does_not_alarm_about_what_a_cut_list_of_dead_may_hold(house: House) -> None:
    first, behind = house.accepted(2)
    house.report(accepted=(first, behind), dead_count=150, dead=house.letters([first]))
    found = await house.reconcile()
    assert {item.delivery_id: item.alarming for item in found.discrepancies} == {behind: False}
    assert found.in_order


async def test_reconcile_looks_no_further_back_than_asked(house: House) -> None:
    house.report(accepted=house.accepted(1))
    house.room.clock.move(seconds=DAY.total_seconds())
    house.begin = house.room.clock.now()
    assert (await house.reconcile()).discrepancies == ()


async def test_reconcile_tells_what_is_stuck_and_why(house: House) -> None:
    message = house.room.message()
    house.room.store.outcomes["taro@example.jp"] = StoreOutcome(StoreStatus.OVER_QUOTA, "full")
    for _ in range(3):
        await house.room.take(message)
    assert (await house.reconcile(minutes=9)).discrepancies == ()
    (stuck,) = (await house.reconcile(minutes=2)).discrepancies
    assert stuck.what == "not delivered yet after 3 attempts: over_quota: taro@example.jp: full"
    assert not stuck.alarming


async def test_reconcile_tells_why_a_delivery_of_unknown_outcome_is_stuck(house: House) -> None:
    house.room.store.faults.append(Fault.LOST_BEFORE)
    with pytest.raises(StoreUnavailable):
        await house.room.take(house.room.message())
    (stuck,) = (await house.reconcile()).discrepancies
    assert "store_outcome_unknown" in stuck.what


async def test_reconcile_tells_what_has_vanished_from_the_store(house: House) -> None:
    await house.room.take(house.room.message())
    kept = house.room.message()
    await house.room.take(kept)
    for held in house.room.store.copies.values():
        del held[0]
    found = await house.reconcile()
    (gone,) = found.discrepancies
    assert gone.delivery_id != kept.delivery_id
    assert "taro@example.jp" in gone.what
    assert found.in_order


async def test_reconcile_says_when_the_store_cannot_tell(house: House) -> None:
    await house.room.take(house.room.message())
    house.room.store.contains_down = True
    with pytest.raises(StoreUnavailable):
        await house.reconcile()
