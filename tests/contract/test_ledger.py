"""What the mail room may rely on, whoever keeps the ledger."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contract.books import MailBooks
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Conflict, NotFound, Unavailable
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.ledger import claim, settle
from machiya.mail.model import (
    DeliveryRecord,
    DeliveryState,
    EntryState,
    LedgerEntry,
    StoreOutcome,
    StoreStatus,
    TraceEvent,
)
from machiya.mail.ports import Ledger

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
LEASE = timedelta(seconds=120)
TARO = EmailAddress.parse("taro@home.test")
HANAKO = EmailAddress.parse("hanako@home.test")


def record(minute: int = 0, **changes: object) -> DeliveryRecord:
    moment = NOON + timedelta(minutes=minute)
    plain = DeliveryRecord(
        delivery_id=new_delivery_id(moment),
        md5="d41d8cd98f00b204e9800998ecf8427e",
        size_bytes=25 * 1024 * 1024,
        sender="sender@example.org",
        recipient="taro@home.test",
        accepted_at=moment,
        first_seen_at=moment,
        updated_at=moment,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def entry(delivery_id: DeliveryId, mailbox: EmailAddress = TARO, **changes: object) -> LedgerEntry:
    plain = LedgerEntry(delivery_id, mailbox, EntryState.DELIVERING, NOON + LEASE, NOON)
    return replace(plain, **changes)  # type: ignore[arg-type]


async def add(books: MailBooks, *records: DeliveryRecord) -> None:
    def work(ledger: Ledger) -> None:
        for one in records:
            ledger.add_delivery(one)

    await books.ledger.run(work)


async def test_delivery_comes_back_as_it_was_added(books: MailBooks) -> None:
    full = record(
        state=DeliveryState.DEAD, reason="unknown_recipient: x", message_id="a@b", subject="件名 🏯",
        header_from="山田 太郎 <taro@example.jp>", attempts=7,
    )  # fmt: skip
    bare = record(subject=None)
    await add(books, full, bare)
    assert await books.ledger.run(lambda ledger: ledger.delivery(full.delivery_id)) == full
    assert await books.ledger.run(lambda ledger: ledger.delivery(bare.delivery_id)) == bare


async def test_unknown_delivery_is_none(books: MailBooks) -> None:
    unknown = new_delivery_id(NOON)
    assert await books.ledger.run(lambda ledger: ledger.delivery(unknown)) is None
    assert await books.ledger.run(lambda ledger: ledger.entries(unknown)) == ()


async def test_add_delivery_twice_is_a_conflict_that_leaves_the_transaction_usable(books: MailBooks) -> None:
    first, other = record(), record(1)
    await add(books, first)

    def work(ledger: Ledger) -> None:
        with pytest.raises(Conflict):
            ledger.add_delivery(replace(first, md5="0" * 32))
        ledger.add_delivery(other)

    await books.ledger.run(work)
    assert await books.ledger.run(lambda ledger: ledger.delivery(first.delivery_id)) == first
    assert await books.ledger.run(lambda ledger: ledger.delivery(other.delivery_id)) == other


async def test_update_delivery_writes_all_columns(books: MailBooks) -> None:
    before = record()
    after = record(
        5, delivery_id=before.delivery_id, md5="0" * 32, size_bytes=1, sender="", recipient="x@home.test",
        state=DeliveryState.DELIVERED, reason="r", message_id="m", subject="s", header_from="f", attempts=2,
    )  # fmt: skip
    await add(books, before)
    await books.ledger.run(lambda ledger: ledger.update_delivery(after))
    assert await books.ledger.run(lambda ledger: ledger.delivery(before.delivery_id)) == after


async def test_update_delivery_without_a_change_is_no_error(books: MailBooks) -> None:
    same = record()
    await add(books, same)
    await books.ledger.run(lambda ledger: ledger.update_delivery(same))
    assert await books.ledger.run(lambda ledger: ledger.delivery(same.delivery_id)) == same


async def test_update_delivery_that_is_not_there_is_an_error(books: MailBooks) -> None:
    with pytest.raises(NotFound):
        await books.ledger.run(lambda ledger: ledger.update_delivery(record()))


async def test_save_entries_inserts_and_updates_by_mailbox(books: MailBooks) -> None:
    one = record()
    before = (entry(one.delivery_id, HANAKO), entry(one.delivery_id, TARO))
    after = entry(one.delivery_id, TARO, state=EntryState.STORED, updated_at=NOON + LEASE, detail="2.0.0 ok")
    await books.ledger.run(lambda ledger: ledger.save_entries(before))
    await books.ledger.run(lambda ledger: ledger.save_entries([after]))
    assert await books.ledger.run(lambda ledger: ledger.entries(one.delivery_id)) == (before[0], after)
    assert books.trace.entries(one.delivery_id) == (before[0], after)


async def test_nothing_to_save_is_no_error(books: MailBooks) -> None:
    def work(ledger: Ledger) -> None:
        ledger.save_entries([])
        ledger.add_events([])

    await books.ledger.run(work)
    assert books.trace.search("", since=None, limit=10) == ()


async def test_events_come_back_in_order(books: MailBooks) -> None:
    mine, other = new_delivery_id(NOON), new_delivery_id(NOON)
    detail = {"held_seconds": 1.5, "path": ["a -> b"], "verdict": {"scanned": False}, "文": None}
    events = [TraceEvent(mine, NOON + timedelta(seconds=5 - n), f"kind.{n}", detail) for n in range(5)]
    await books.ledger.run(lambda ledger: ledger.add_events([*events[:2], TraceEvent(other, NOON, "x")]))
    await books.ledger.run(lambda ledger: ledger.add_events(events[2:]))
    assert books.trace.events(mine) == tuple(events)
    assert books.trace.events(other) == (TraceEvent(other, NOON, "x"),)


async def test_exception_of_work_undoes_its_changes_and_is_raised(books: MailBooks) -> None:
    one = record()

    def work(ledger: Ledger) -> None:
        ledger.add_delivery(one)
        ledger.save_entries([entry(one.delivery_id)])
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await books.ledger.run(work)
    assert await books.ledger.run(lambda ledger: ledger.delivery(one.delivery_id)) is None
    assert books.trace.entries(one.delivery_id) == ()


async def test_failing_work_does_not_touch_what_is_done_at_the_same_time(books: MailBooks) -> None:
    records = [record(minute) for minute in range(40)]

    def work(number: int) -> Callable[[Ledger], int]:
        def add_or_fail(ledger: Ledger) -> int:
            ledger.add_delivery(records[number])
            if number % 3 == 0:
                raise ValueError(number)
            return number

        return add_or_fail

    results = await asyncio.gather(*(books.ledger.run(work(n)) for n in range(40)), return_exceptions=True)
    assert [str(result) for result in results] == [str(number) for number in range(40)]
    assert [isinstance(result, ValueError) for result in results] == [number % 3 == 0 for number in range(40)]
    kept = {found.delivery_id for found in books.trace.search("", since=None, limit=100)}
    assert kept == {one.delivery_id for number, one in enumerate(records) if number % 3}


async def test_run_after_close_is_unavailable(books: MailBooks) -> None:
    books.ledger.close()
    with pytest.raises(Unavailable):
        await books.ledger.run(lambda ledger: ledger.delivery(record().delivery_id))


async def test_expire_leases_ends_live_leases_only(books: MailBooks) -> None:
    live, over, stored = (new_delivery_id(NOON) for _ in range(3))
    entries = [
        entry(live, TARO), entry(live, HANAKO), entry(over, lease_until=NOON - LEASE),
        entry(stored, state=EntryState.STORED),
    ]  # fmt: skip
    await books.ledger.run(lambda ledger: ledger.save_entries(entries))
    assert await books.ledger.run(lambda ledger: ledger.expire_leases(NOON)) == 2
    assert {found.lease_until for found in books.trace.entries(live)} == {NOON}
    assert books.trace.entries(over) == (entries[2],)
    assert books.trace.entries(stored) == (entries[3],)
    assert await books.ledger.run(lambda ledger: ledger.expire_leases(NOON)) == 0


async def test_claim_and_settle_leave_a_full_journey(books: MailBooks) -> None:
    one = record()
    taken = await books.ledger.run(lambda ledger: claim(ledger, one, [TARO, HANAKO], LEASE))
    assert taken.fresh == (TARO, HANAKO)
    assert {found.state for found in books.trace.entries(one.delivery_id)} == {EntryState.DELIVERING}
    busy = await books.ledger.run(lambda ledger: claim(ledger, one, [TARO, HANAKO], LEASE))
    assert busy.answer is not None
    done = replace(one, state=DeliveryState.DELIVERED)
    outcomes = dict.fromkeys((TARO, HANAKO), StoreOutcome(StoreStatus.STORED, "ok"))
    events = (TraceEvent(one.delivery_id, NOON, "mailbox.stored"),)
    await books.ledger.run(lambda ledger: settle(ledger, done, outcomes, events, NOON))
    assert books.trace.search(one.delivery_id, since=None, limit=1) == (done,)
    assert {found.state for found in books.trace.entries(one.delivery_id)} == {EntryState.STORED}
    assert books.trace.events(one.delivery_id) == events


@pytest.mark.parametrize(
    "query",
    [
        "{id}", "m1@example.org", "<m1@example.org>", "Sender@Example.ORG", "sender@EXAMPLE.org", "sales+x@home.test",
        "SALES+x@HOME.test", "taro@home.test", "Taro@Home.Test",
    ],
)  # fmt: skip
async def test_search_finds_by_everything_a_person_has(books: MailBooks, query: str) -> None:
    wanted = record(sender="Sender@EXAMPLE.org", recipient="Sales+X@home.test", message_id="m1@example.org")
    other = record(1, sender="else@example.org", recipient="else@home.test", message_id="M1@example.org")
    await add(books, wanted, other)
    await books.ledger.run(
        lambda ledger: ledger.save_entries([entry(wanted.delivery_id), entry(other.delivery_id, HANAKO)])
    )
    query = query.replace("{id}", wanted.delivery_id)
    assert books.trace.search(query, since=None, limit=10) == (wanted,)


async def test_search_finds_each_delivery_once(books: MailBooks) -> None:
    to_self = record(sender="taro@home.test", recipient="taro@home.test")
    await add(books, to_self)
    await books.ledger.run(lambda ledger: ledger.save_entries([entry(to_self.delivery_id)]))
    assert books.trace.search("taro@home.test", since=None, limit=10) == (to_self,)


async def test_search_finds_an_international_domain_in_both_spellings(books: MailBooks) -> None:
    one = record(recipient="info@例え.jp")
    await add(books, one)
    assert books.trace.search("info@xn--r8jz45g.jp", since=None, limit=10) == (one,)
    assert books.trace.search("INFO@例え.jp", since=None, limit=10) == (one,)


async def test_search_gives_newest_first_within_since_and_limit(books: MailBooks) -> None:
    records = [record(minute) for minute in range(6)]
    await add(books, *records)
    for query in ("", "taro@home.test"):
        assert books.trace.search(query, since=None, limit=100) == tuple(reversed(records))
        assert books.trace.search(query, since=records[3].first_seen_at, limit=100) == tuple(reversed(records[3:]))
        assert books.trace.search(query, since=None, limit=2) == (records[5], records[4])
    assert books.trace.search("nobody@home.test", since=None, limit=100) == ()


@pytest.mark.parametrize("query", ["%", "' OR 1=1 --", "a\0b", "\ud800", "@", "x" * 5000, "_"])
async def test_search_for_anything_odd_finds_nothing(books: MailBooks, query: str) -> None:
    await add(books, record(message_id="m", sender="s@example.org"))
    assert books.trace.search(query, since=None, limit=10) == ()


async def test_unfinished_gives_pending_oldest_first(books: MailBooks) -> None:
    pending = [record(3), record(1)]
    await add(books, *pending, record(0, state=DeliveryState.DELIVERED), record(2, state=DeliveryState.DEAD))
    assert books.trace.unfinished() == (pending[1], pending[0])


async def test_counts_are_by_state_since(books: MailBooks) -> None:
    states = [DeliveryState.DELIVERED, DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.PENDING]
    await add(books, record(-1, state=DeliveryState.DELIVERED), *(record(0, state=state) for state in states))
    assert books.trace.counts(NOON) == {"delivered": 2, "dead": 1, "pending": 1}
    assert books.trace.counts(NOON + timedelta(days=1)) == {}


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b", "\udcff", "\0", "改\0行 \U0001f600"])
async def test_odd_text_does_not_fail(books: MailBooks, odd: str) -> None:
    one = record(sender=odd, recipient=odd, reason=odd, message_id=odd, subject=odd, header_from=odd)
    events = (TraceEvent(one.delivery_id, NOON, odd, {"detail": odd, odd: [odd]}),)

    def work(ledger: Ledger) -> None:
        ledger.add_delivery(one)
        ledger.update_delivery(one)
        ledger.save_entries([entry(one.delivery_id, detail=odd)])
        ledger.add_events(events)

    await books.ledger.run(work)
    assert len(books.trace.search(odd, since=None, limit=10)) == 1
    assert books.trace.events(one.delivery_id)[0].detail == {"detail": odd, odd: [odd]}


async def test_long_text_is_cut_and_still_found(books: MailBooks) -> None:
    long = "あ" * 100_000
    one = record(sender=long, recipient=long, reason=long, message_id=long, subject=long, header_from=long)

    def work(ledger: Ledger) -> None:
        ledger.add_delivery(one)
        ledger.save_entries([entry(one.delivery_id, detail=long)])
        ledger.add_events([TraceEvent(one.delivery_id, NOON, "kind", {"detail": long})])

    await books.ledger.run(work)
    (found,) = books.trace.search(long, since=None, limit=10)
    assert found.delivery_id == one.delivery_id
    for text in (found.sender, found.recipient, found.reason, found.message_id, found.subject, found.header_from):
        assert text
        assert long.startswith(text)
    assert books.trace.events(one.delivery_id)[0].detail == {"detail": long}


async def test_times_keep_their_microseconds_and_come_back_in_utc(books: MailBooks) -> None:
    tokyo = datetime.fromisoformat("2026-11-23T21:00:00.000001+09:00")
    one = record(accepted_at=tokyo, first_seen_at=tokyo, updated_at=NOON.replace(microsecond=0))
    await add(books, one)
    (found,) = books.trace.search(one.delivery_id, since=None, limit=1)
    assert found == one
    assert found.updated_at.tzinfo is UTC
    assert books.trace.search("", since=tokyo, limit=1) == (one,)
    assert books.trace.search("", since=tokyo + timedelta(microseconds=1), limit=1) == ()
