"""The quarantine keeps a message so long and no longer, and never less."""

from datetime import timedelta

import pytest

from fakes.mail_room import Fault, Killed
from machiya.mail.retention import expire, kept_until
from unit.mail.test_quarantine import LEASE_SECONDS, Ward


@pytest.fixture
async def ward() -> Ward:
    return await Ward().fill()


async def _expire(ward: Ward, keep_days: int = 30) -> tuple[int, int]:
    items = tuple(ward.room.ledger.data.quarantine.values())
    return await expire(items, ward.desk, ward.room.clock, keep_days)


async def test_expire_takes_nothing_before_its_time_and_everything_after(ward: Ward) -> None:
    ward.room.clock.move(days=30, microseconds=-1)
    assert await _expire(ward) == (0, 0)
    younger = ward.room.message("taro@example.jp")
    await ward.room.take(younger)
    ward.room.clock.move(microseconds=1)
    assert await _expire(ward) == (1, 0)
    assert list(ward.room.quarantine.files) == list(ward.room.ledger.data.quarantine) == [younger.delivery_id]
    assert ward.state == "discarded"
    assert ward.room.kinds(ward.message)["quarantine.expired"] == 1
    assert ward.counts() == [0, 0]


async def test_expire_keeps_for_ever_with_0(ward: Ward) -> None:
    ward.room.clock.move(days=10_000)
    assert await _expire(ward, 0) == (0, 0)
    assert ward.state == "quarantined"


async def test_expire_leaves_what_is_being_released_and_what_a_cut_off_release_delivered(ward: Ward) -> None:
    ward.room.clock.move(days=31)
    ward.room.store.faults.append(Fault.KILLED_AFTER)
    with pytest.raises(Killed):
        await ward.desk.release(ward.item)
    assert await _expire(ward) == (0, 1)
    ward.room.clock.move(seconds=LEASE_SECONDS)
    assert await _expire(ward) == (1, 0)
    assert (ward.counts(), ward.state) == ([1, 1], "delivered")
    assert ward.room.kinds(ward.message)["quarantine.expired"] == 0


async def test_expire_does_not_mind_what_a_person_deleted_meanwhile(ward: Ward) -> None:
    item = ward.item
    ward.room.clock.move(days=31)
    await ward.desk.delete(item)
    assert await expire([item], ward.desk, ward.room.clock, 30) == (0, 0)


async def test_kept_until_counts_from_when_it_was_set_aside(ward: Ward) -> None:
    assert kept_until(ward.item, 30) == ward.item.quarantined_at + timedelta(days=30)
    assert kept_until(ward.item, 0) is None
