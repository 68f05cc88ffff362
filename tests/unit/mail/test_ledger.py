"""Claim, settle, release and bury: the rows of exactly once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fakes.ledger import FakeLedger, LedgerData
from fakes.moving_clock import START
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Conflict
from machiya.core.identifiers import new_delivery_id
from machiya.mail.answers import ALREADY, BUSY, MISMATCH
from machiya.mail.journey import buried, noteworthy
from machiya.mail.ledger import bury, claim, release, settle
from machiya.mail.model import DeliveryRecord, DeliveryState, EntryState, StoreOutcome, StoreStatus

LEASE = timedelta(seconds=120)
TARO, JIRO = EmailAddress.parse("taro@example.jp"), EmailAddress.parse("jiro@example.jp")
STORED, FAILED = StoreOutcome(StoreStatus.STORED, "file"), StoreOutcome(StoreStatus.TEMPORARY, "no")
RECORD = DeliveryRecord(
    delivery_id=new_delivery_id(START), md5="0" * 32, size_bytes=1, sender="", recipient="team@example.jp",
    accepted_at=START, first_seen_at=START, updated_at=START,
)  # fmt: skip


def at(seconds: float) -> DeliveryRecord:
    return replace(RECORD, updated_at=START + timedelta(seconds=seconds))


def moment(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger(LedgerData())


def entry_states(ledger: FakeLedger) -> dict[EmailAddress, EntryState]:
    return {entry.mailbox: entry.state for entry in ledger.entries(RECORD.delivery_id)}


def test_claim_of_a_new_delivery_leases_every_mailbox(ledger: FakeLedger) -> None:
    taken = claim(ledger, RECORD, [TARO, JIRO], LEASE)
    assert (taken.fresh, taken.unsure, taken.stored, taken.answer) == ((TARO, JIRO), (), (), None)
    assert entry_states(ledger) == {TARO: EntryState.DELIVERING, JIRO: EntryState.DELIVERING}
    assert {entry.lease_until for entry in ledger.entries(RECORD.delivery_id)} == {START + LEASE}


def test_claim_that_loses_the_race_is_busy(ledger: FakeLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(_: DeliveryRecord) -> None:
        raise Conflict("another transaction was first")

    monkeypatch.setattr(ledger, "add_delivery", taken)
    assert claim(ledger, RECORD, [TARO], LEASE).answer == BUSY
    assert bury(ledger, RECORD, buried) == BUSY
    assert entry_states(ledger) == {}


@pytest.mark.parametrize(("seconds", "busy"), [(0, True), (119.999, True), (120, False), (121, False)])
def test_claim_is_busy_until_the_very_end_of_the_lease(ledger: FakeLedger, seconds: float, *, busy: bool) -> None:
    claim(ledger, RECORD, [TARO], LEASE)
    again = claim(ledger, at(seconds), [TARO], LEASE)
    assert (again.answer == BUSY) == busy
    assert again.unsure == (() if busy else (TARO,))


def test_claim_renews_the_lease_it_takes_over(ledger: FakeLedger) -> None:
    claim(ledger, RECORD, [TARO], LEASE)
    claim(ledger, at(120), [TARO], LEASE)
    assert claim(ledger, at(239), [TARO], LEASE).answer == BUSY


def test_claim_with_other_bytes_is_a_mismatch_and_writes_nothing(ledger: FakeLedger) -> None:
    claim(ledger, RECORD, [TARO], LEASE)
    before = ledger.data.copy()
    assert claim(ledger, replace(at(500), md5="1" * 32), [TARO], LEASE).answer == MISMATCH
    assert ledger.data == before


def test_claim_leaves_stored_mailboxes_alone(ledger: FakeLedger) -> None:
    taken = claim(ledger, RECORD, [TARO, JIRO], LEASE)
    settle(ledger, taken.record, {TARO: STORED, JIRO: FAILED}, (), moment(1))
    again = claim(ledger, at(2), [TARO, JIRO], LEASE)
    assert (again.stored, again.fresh, again.unsure) == ((TARO,), (JIRO,), ())
    assert entry_states(ledger)[TARO] is EntryState.STORED
    assert again.record.attempts == 2


def test_claim_takes_a_mailbox_the_alias_got_meanwhile(ledger: FakeLedger) -> None:
    taken = claim(ledger, RECORD, [TARO], LEASE)
    settle(ledger, taken.record, {TARO: FAILED}, (), moment(1))
    assert claim(ledger, at(2), [TARO, JIRO], LEASE).fresh == (TARO, JIRO)


def test_claim_after_delivery_says_already_whatever_the_alias_is_now(ledger: FakeLedger) -> None:
    taken = claim(ledger, RECORD, [TARO], LEASE)
    settle(ledger, replace(taken.record, state=DeliveryState.DELIVERED), {TARO: STORED}, (), moment(1))
    assert claim(ledger, at(2), [TARO, JIRO], LEASE).answer == ALREADY
    assert bury(ledger, at(2), buried) == ALREADY


def test_release_ends_the_lease_but_makes_the_next_one_ask(ledger: FakeLedger) -> None:
    taken = claim(ledger, RECORD, [TARO], LEASE)
    release(ledger, taken, (), moment(1))
    again = claim(ledger, at(1), [TARO], LEASE)
    assert (again.answer, again.fresh, again.unsure) == (None, (), (TARO,))


def test_bury_writes_a_dead_delivery_and_its_end(ledger: FakeLedger) -> None:
    dead = replace(RECORD, state=DeliveryState.DEAD, reason="unknown_recipient: x")
    assert bury(ledger, dead, buried) is None
    assert ledger.delivery(RECORD.delivery_id) == dead
    assert [event.kind for event in ledger.data.events] == ["house.received", "delivery.dead"]


def test_bury_counts_on_from_earlier_attempts(ledger: FakeLedger) -> None:
    taken = claim(ledger, RECORD, [TARO], LEASE)
    settle(ledger, taken.record, {TARO: FAILED}, (), moment(1))
    assert bury(ledger, replace(at(2), state=DeliveryState.DEAD, reason="r"), buried) is None
    assert ledger.data.deliveries[RECORD.delivery_id].attempts == 2
    assert ledger.data.events[0].detail["attempt"] == 2


def test_bury_leaves_what_is_being_delivered(ledger: FakeLedger) -> None:
    claim(ledger, RECORD, [TARO], LEASE)
    assert bury(ledger, at(119), buried) == BUSY
    assert bury(ledger, replace(at(119), md5="1" * 32), buried) == MISMATCH


@pytest.mark.parametrize(
    ("before", "attempts", "reason", "new"),
    [
        ("", 1, "over_quota: x", True),
        ("over_quota: x", 3, "over_quota: y", False),
        ("over_quota: x", 4, "over_quota: x", True),
        ("over_quota: x", 5, "store_unavailable", True),
        ("store_unavailable", 6, "store_unavailable", False),
        ("store_unavailable", 1024, "store_unavailable", True),
    ],
)
def test_noteworthy_is_a_new_code_or_a_power_of_two(before: str, attempts: int, reason: str, *, new: bool) -> None:
    assert noteworthy(replace(RECORD, reason=before, attempts=attempts), reason) == new
