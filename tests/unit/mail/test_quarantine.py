"""Out of the quarantine: once, unchanged, or deleted by hand."""

import pytest

from fakes.ledger import FakeQuarantineBook
from fakes.mail_room import CONTENT, FakeDirectory, Fault, Killed, MailRoom
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from machiya.mail.answers import ALREADY
from machiya.mail.model import (
    Delivery,
    DeliveryState,
    InboundMessage,
    Quarantined,
    StoreOutcome,
    StoreStatus,
    Verdict,
)
from machiya.mail.model import VerdictAction as Action
from machiya.mail.ports import QuarantineDamaged, StoreOutcomeUnknown, StoreUnavailable
from machiya.mail.quarantine import Quarantine, ReleaseRules, find_quarantined

TEAM = ("taro@example.jp", "jiro@example.jp")
TABLE = {"team@example.jp": TEAM, **{mailbox: (mailbox,) for mailbox in TEAM}}
LEASE_SECONDS = 120


class Ward:
    """A room with one message for two mailboxes in its quarantine."""

    def __init__(self) -> None:
        self.room = MailRoom(directory=FakeDirectory(dict(TABLE)))
        self.message = self.room.message("team@example.jp")

    async def fill(self) -> "Ward":
        self.room.scanner.verdict = Verdict(Action.QUARANTINE, ("virus Eicar",))
        await self.room.take(self.message)
        return self

    @property
    def item(self) -> Quarantined:
        return self.room.ledger.data.quarantine[self.message.delivery_id]

    @property
    def state(self) -> DeliveryState:
        return self.room.ledger.data.deliveries[self.message.delivery_id].state

    @property
    def desk(self) -> Quarantine:
        room = self.room
        return Quarantine(
            files=room.quarantine,
            ledger=room.ledger,
            store=room.store,
            directory=room.directory,
            clock=room.clock,
            rules=ReleaseRules("mail.example.jp"),
        )

    def counts(self, message: InboundMessage | None = None) -> list[int]:
        made = message or self.message
        return [self.room.store.count(mailbox, made.delivery_id) for mailbox in TEAM]


@pytest.fixture
async def ward() -> Ward:
    return await Ward().fill()


async def test_release_delivers_the_bytes_unchanged_and_empties_the_quarantine(ward: Ward) -> None:
    outcomes = await ward.desk.release(ward.item)
    assert {str(mailbox): outcome.status for mailbox, outcome in outcomes.items()} == dict.fromkeys(TEAM, "stored")
    (delivery,) = ward.room.store.copies[EmailAddress.parse(TEAM[0])]
    assert (bytes(delivery.content), delivery.sender, delivery.junk) == (CONTENT, "a@example.com", False)
    assert b"X-Machiya-Verdict: released from the quarantine;\r\n\tvirus Eicar\r\n" in delivery.prefix
    assert (ward.state, ward.room.ledger.data.quarantine, ward.room.quarantine.files) == ("delivered", {}, {})
    assert ward.room.kinds(ward.message)["quarantine.released"] == 1
    assert await ward.room.take(ward.message) == ALREADY


async def test_release_delivers_to_the_bare_postmaster() -> None:
    ward = Ward()
    ward.room.directory.table["postmaster@example.jp"] = TEAM
    ward.message = ward.room.message("Postmaster")
    await ward.fill()
    await ward.desk.release(ward.item)
    assert (ward.counts(), ward.state) == ([1, 1], DeliveryState.DELIVERED)


async def test_release_a_second_time_delivers_nothing(ward: Ward) -> None:
    item = ward.item
    await ward.desk.release(item)
    with pytest.raises((NotFound, QuarantineDamaged)):
        await ward.desk.release(item)
    assert ward.counts() == [1, 1]


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
async def test_release_after_a_kill_asks_the_store_first(ward: Ward, fault: Fault) -> None:
    ward.room.store.faults.append(fault)
    with pytest.raises(Killed):
        await ward.desk.release(ward.item)
    with pytest.raises(Conflict):
        await ward.desk.release(ward.item)
    ward.room.clock.move(seconds=LEASE_SECONDS)
    await ward.desk.release(ward.item)
    assert (ward.counts(), ward.state) == ([1, 1], DeliveryState.DELIVERED)


async def test_release_leaves_everything_when_the_store_is_down(ward: Ward) -> None:
    ward.room.store.faults.append(Fault.DOWN)
    with pytest.raises(StoreUnavailable):
        await ward.desk.release(ward.item)
    assert (ward.counts(), ward.state) == ([0, 0], DeliveryState.QUARANTINED)
    await ward.desk.release(ward.item)
    assert ward.counts() == [1, 1]


async def test_release_keeps_its_lease_when_the_outcome_is_unknown(ward: Ward) -> None:
    ward.room.store.faults.append(Fault.LOST_AFTER)
    with pytest.raises(StoreOutcomeUnknown):
        await ward.desk.release(ward.item)
    ward.room.clock.move(seconds=LEASE_SECONDS)
    await ward.desk.release(ward.item)
    assert ward.counts() == [1, 1]


async def test_release_survives_a_ledger_that_was_not_written(ward: Ward) -> None:
    ward.room.ledger.faults.extend([None, Fault.DOWN])
    with pytest.raises(Unavailable):
        await ward.desk.release(ward.item)
    ward.room.clock.move(seconds=LEASE_SECONDS)
    await ward.desk.release(ward.item)
    assert (ward.counts(), ward.state) == ([1, 1], DeliveryState.DELIVERED)


async def test_release_keeps_what_one_mailbox_did_not_take(ward: Ward) -> None:
    ward.room.store.outcomes[TEAM[1]] = StoreOutcome(StoreStatus.OVER_QUOTA, "full")
    await ward.desk.release(ward.item)
    assert ([str(left) for left in ward.item.mailboxes], ward.state) == ([TEAM[1]], DeliveryState.QUARANTINED)
    ward.room.store.outcomes.clear()
    await ward.desk.release(ward.item)
    assert (ward.counts(), ward.state) == ([1, 1], DeliveryState.DELIVERED)


async def test_release_to_one_of_its_mailboxes_keeps_it_for_the_other(ward: Ward) -> None:
    item, taro, jiro = ward.item, *map(EmailAddress.parse, TEAM)
    assert list(await ward.desk.release(item, only=(taro,))) == [taro]
    assert (ward.counts(), ward.item.mailboxes, ward.state) == ([1, 0], (jiro,), DeliveryState.QUARANTINED)
    assert list(ward.room.quarantine.files) == [item.delivery_id]
    with pytest.raises(NotFound):
        await ward.desk.release(item, only=(taro,))
    await ward.desk.release(item, only=(jiro,))
    assert (ward.counts(), ward.state, ward.room.quarantine.files) == ([1, 1], DeliveryState.DELIVERED, {})


async def test_release_to_a_mailbox_it_was_not_for_delivers_nothing(ward: Ward) -> None:
    with pytest.raises(NotFound):
        await ward.desk.release(ward.item, only=(EmailAddress.parse("hanako@example.jp"),))
    assert (ward.counts(), ward.state) == ([0, 0], DeliveryState.QUARANTINED)


async def test_release_to_one_leaves_what_was_cut_off_for_the_other(ward: Ward) -> None:
    taro, jiro = map(EmailAddress.parse, TEAM)
    ward.room.store.faults.append(Fault.KILLED_AFTER)
    with pytest.raises(Killed):
        await ward.desk.release(ward.item, only=(taro,))
    ward.room.clock.move(seconds=LEASE_SECONDS)
    await ward.desk.release(ward.item, only=(jiro,))
    assert (ward.counts(), ward.item.mailboxes) == ([1, 1], (taro,))
    await ward.desk.release(ward.item, only=(taro,))
    assert (ward.counts(), ward.state) == ([1, 1], DeliveryState.DELIVERED)


async def test_release_does_not_make_a_mailbox_that_is_gone(ward: Ward) -> None:
    del ward.room.directory.table[TEAM[1]]
    outcomes = await ward.desk.release(ward.item)
    assert outcomes[EmailAddress.parse(TEAM[1])].status is StoreStatus.PERMANENT
    assert (ward.counts(), ward.state) == ([1, 0], DeliveryState.QUARANTINED)


async def test_release_does_not_deliver_damaged_bytes(ward: Ward) -> None:
    ward.room.quarantine.files[ward.message.delivery_id] = CONTENT[:-1]
    with pytest.raises(QuarantineDamaged):
        await ward.desk.release(ward.item)
    assert ward.counts() == [0, 0]


async def test_delete_is_final_and_told(ward: Ward) -> None:
    item = ward.item
    await ward.desk.delete(item)
    assert (ward.state, ward.room.ledger.data.quarantine, ward.room.quarantine.files) == ("discarded", {}, {})
    assert ward.room.kinds(ward.message)["quarantine.deleted"] == 1
    assert await ward.room.take(ward.message) == ALREADY
    with pytest.raises(NotFound):
        await ward.desk.delete(item)


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.LOST_AFTER])
async def test_delete_after_a_release_that_was_cut_off_says_who_has_it(ward: Ward, fault: Fault) -> None:
    item = ward.item
    ward.room.store.faults.append(fault)
    with pytest.raises((Killed, StoreOutcomeUnknown)):
        await ward.desk.release(item)
    with pytest.raises(Conflict):
        await ward.desk.delete(item)
    assert (ward.item, list(ward.room.quarantine.files)) == (item, [item.delivery_id])
    ward.room.clock.move(seconds=LEASE_SECONDS)
    reached = await ward.desk.delete(item)
    has_it = fault is not Fault.KILLED_BEFORE
    assert {str(mailbox) for mailbox in reached} == (set(TEAM) if has_it else set())
    assert ward.counts() == ([1, 1] if has_it else [0, 0])
    assert (ward.state, ward.room.ledger.data.quarantine) == ("delivered" if has_it else "discarded", {})
    assert ward.room.quarantine.files == {}
    assert ward.room.kinds(ward.message)["quarantine.deleted"] == (not has_it)
    with pytest.raises((NotFound, QuarantineDamaged)):
        await ward.desk.release(item)
    assert await ward.room.take(ward.message) == ALREADY


async def test_delete_when_the_release_reached_one_mailbox_only(ward: Ward) -> None:
    item = ward.item
    ward.room.store.faults.append(Fault.KILLED_BEFORE)
    with pytest.raises(Killed):
        await ward.desk.release(item)
    await ward.room.store.store(_delivered(ward), [EmailAddress.parse(TEAM[0])])
    ward.room.clock.move(seconds=LEASE_SECONDS)
    assert await ward.desk.delete(item) == (EmailAddress.parse(TEAM[0]),)
    entries = {str(entry.mailbox): entry.state for entry in ward.room.ledger.data.entries.values()}
    assert (entries, ward.state) == ({TEAM[0]: "stored", TEAM[1]: "failed"}, "discarded")
    kinds = ward.room.kinds(ward.message)
    assert (kinds["mailbox.stored"], kinds["quarantine.deleted"]) == (1, 1)


async def test_delete_keeps_everything_while_the_store_cannot_say(ward: Ward) -> None:
    item = ward.item
    ward.room.store.faults.append(Fault.KILLED_AFTER)
    with pytest.raises(Killed):
        await ward.desk.release(item)
    ward.room.clock.move(seconds=LEASE_SECONDS)
    ward.room.store.contains_down = True
    with pytest.raises(StoreUnavailable):
        await ward.desk.delete(item)
    assert (ward.state, list(ward.room.quarantine.files)) == ("quarantined", [item.delivery_id])
    ward.room.store.contains_down = False
    assert len(await ward.desk.delete(item)) == 2


@pytest.mark.parametrize("transaction", [0, 1])
async def test_delete_that_was_cut_off_can_be_repeated(ward: Ward, transaction: int) -> None:
    item = ward.item
    ward.room.ledger.faults.extend([*[None] * transaction, Fault.KILLED_BEFORE])
    with pytest.raises(Killed):
        await ward.desk.delete(item)
    ward.room.clock.move(seconds=LEASE_SECONDS)
    await ward.desk.release(item)
    assert (ward.counts(), ward.state) == ([1, 1], DeliveryState.DELIVERED)


def _delivered(ward: Ward) -> Delivery:
    message = ward.message
    return Delivery(message.delivery_id, message.envelope.sender, message.envelope.accepted_at, b"", message.content)


async def test_find_quarantined_by_the_beginning_of_its_id(ward: Ward) -> None:
    other = ward.room.message("taro@example.jp")
    await ward.room.take(other)
    book = FakeQuarantineBook(ward.room.ledger.data)
    assert find_quarantined(book, other.delivery_id.upper()).delivery_id == other.delivery_id
    with pytest.raises(InvalidInput):
        find_quarantined(book, other.delivery_id[:4])
    for nothing in ("", "ffff"):
        with pytest.raises(NotFound):
            find_quarantined(book, nothing)
