"""What the mail room may rely on, whoever keeps the mail: memory, Maildir, Dovecot (marker ``dovecot``)."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from corpus.line_ends import largest
from corpus.messages import expected_maildir
from fakes.clock import FakeClock
from fakes.deliveries import MOMENT, delivery
from fakes.mail_store import FakeMailStore
from integration.dovecot.imap import move
from integration.dovecot.server import DovecotContainer, User
from machiya.adapters.dovecot.doveadm import DoveadmLocator
from machiya.adapters.dovecot.lmtp.store import LmtpStore
from machiya.adapters.maildir.layout import id_mark, maildir_of
from machiya.adapters.maildir.store import MaildirStore
from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.model import Delivery, StoreStatus
from machiya.mail.ports import MailStore

KEEPERS = ["fake", "maildir", pytest.param("dovecot", marks=pytest.mark.dovecot)]
MAILBOXES = 60
QUOTA = 20_000
ODD = [
    EmailAddress.parse(text)
    for text in ("太郎@home.test", '"a b/../c"@home.test', "a/b%41@home.test", "x+tag@home.test")
]
NOBODY = EmailAddress.parse("nobody@home.test")


class Behind(Protocol):
    """The mailboxes behind a store, as a mail program sees them."""

    def messages(self, mailbox: EmailAddress) -> list[bytes]:
        """All messages of all folders, as stored."""

    def move(self, mailbox: EmailAddress, delivery_id: DeliveryId) -> None:
        """Move one to another folder and change its flags."""

    def empty(self, mailbox: EmailAddress) -> None:
        """Delete everything."""


@dataclass
class House:
    """A store, what is behind it, and mailboxes nobody else uses."""

    store: MailStore
    behind: Behind
    numbers: Iterator[int]
    knows_users: bool = True

    def mailbox(self, kind: str = "plain") -> EmailAddress:
        return EmailAddress.parse(f"{kind}{next(self.numbers)}@home.test")

    def ended(self, one: Delivery, mailbox: EmailAddress) -> bool:
        """Whether the mailbox holds the delivery once, with the prefix and every octet."""
        [octets] = self.behind.messages(mailbox)
        return octets.endswith(expected_maildir(one.prefix + bytes(one.content)))


@dataclass
class InMemory:
    store: FakeMailStore

    def messages(self, mailbox: EmailAddress) -> list[bytes]:
        return [copy.octets for copy in self.store.copies.get(mailbox, ())]

    def move(self, mailbox: EmailAddress, delivery_id: DeliveryId) -> None:
        for copy in self.store.copies[mailbox]:
            if copy.delivery_id == delivery_id:
                copy.folder, copy.flags = "Archive", "FS"

    def empty(self, mailbox: EmailAddress) -> None:
        self.store.copies[mailbox] = []


@dataclass
class OnDisk:
    root: Path

    def messages(self, mailbox: EmailAddress) -> list[bytes]:
        maildir = maildir_of(self.root, mailbox)
        return [file.read_bytes() for part in ("new", "cur") for file in maildir.rglob(f"{part}/*")]

    def move(self, mailbox: EmailAddress, delivery_id: DeliveryId) -> None:
        maildir = maildir_of(self.root, mailbox)
        [file] = [one for one in (maildir / "new").iterdir() if id_mark(delivery_id) in one.name]
        target = maildir / ".Archive" / "cur"
        target.mkdir(parents=True)
        file.rename(target / f"{file.name}:2,FS")

    def empty(self, mailbox: EmailAddress) -> None:
        for file in (maildir_of(self.root, mailbox) / "new").iterdir():
            file.unlink()


@dataclass
class InDovecot(OnDisk):
    container: DovecotContainer

    def move(self, mailbox: EmailAddress, delivery_id: DeliveryId) -> None:
        move(self.container.imap_port, str(mailbox), "secret", delivery_id)

    def empty(self, mailbox: EmailAddress) -> None:
        self.container.doveadm("expunge", user=str(mailbox), query=["ALL", "MAILBOX", "INBOX"])


def users() -> dict[str, int]:
    kinds = {"plain": 0, "small": QUOTA}
    numbered = {f"{kind}{n}@home.test": quota for kind, quota in kinds.items() for n in range(MAILBOXES)}
    return numbered | {str(mailbox): 0 for mailbox in ODD}


@pytest.fixture(scope="module")
def container() -> Iterator[DovecotContainer]:
    """One Dovecot for all tests here; each takes fresh mailboxes."""
    with DovecotContainer({address: User(quota_bytes=quota) for address, quota in users().items()}) as one:
        yield one


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """Mailboxes that no test has used."""
    return iter(range(MAILBOXES))


@pytest_asyncio.fixture(params=KEEPERS)
async def house(request: pytest.FixtureRequest, tmp_path: Path, numbers: Iterator[int]) -> AsyncIterator[House]:
    quotas = {EmailAddress.parse(address): quota for address, quota in users().items()}
    if request.param == "fake":
        fake = FakeMailStore(quotas)
        made = House(fake, InMemory(fake), itertools.count())
    elif request.param == "maildir":
        maildir = MaildirStore(tmp_path, quota_of=lambda mailbox: quotas.get(mailbox, 0), clock=FakeClock())
        made = House(maildir, OnDisk(tmp_path), itertools.count(), knows_users=False)
    else:
        dovecot: DovecotContainer = request.getfixturevalue("container")
        locate = DoveadmLocator(dovecot.doveadm_url, dovecot.api_key, 60)
        lmtp = LmtpStore("127.0.0.1", dovecot.lmtp_port, 4, 60, locate)
        made = House(lmtp, InDovecot(dovecot.mail_dir, dovecot), numbers)
    yield made
    await made.store.close()


async def statuses(house: House, one: Delivery, *mailboxes: EmailAddress) -> list[StoreStatus]:
    outcomes = await house.store.store(one, mailboxes)
    assert set(outcomes) == set(mailboxes)
    return [outcomes[mailbox].status for mailbox in mailboxes]


async def test_store_puts_one_copy_with_prefix_and_every_octet(house: House) -> None:
    one, mailbox = delivery(b"Subject: x\r\n\r\na\x00b\rc\nd\r\r\n.\r\n\xe3\x81"), house.mailbox()
    outcomes = await house.store.store(one, [mailbox])
    assert outcomes[mailbox].status is StoreStatus.STORED
    assert outcomes[mailbox].detail
    assert house.ended(one, mailbox)


async def test_store_puts_one_copy_in_each_of_several(house: House) -> None:
    one, mailboxes = delivery(), [house.mailbox() for _ in range(3)]
    assert await statuses(house, one, *mailboxes) == [StoreStatus.STORED] * 3
    assert all(house.ended(one, mailbox) for mailbox in mailboxes)


async def test_store_over_quota_leaves_the_others_alone(house: House) -> None:
    one = delivery(b"Subject: x\r\n\r\n" + b"x" * 70 * (QUOTA // 60))
    full, other = house.mailbox("small"), house.mailbox()
    assert await statuses(house, one, full, other) == [StoreStatus.OVER_QUOTA, StoreStatus.STORED]
    assert house.behind.messages(full) == []
    assert house.ended(one, other)
    assert not await house.store.contains(one.delivery_id, full)


async def test_store_after_over_quota_takes_what_fits(house: House) -> None:
    """Also the same delivery, once there is room: a refused one must not count as seen."""
    full = house.mailbox("small")
    first, second = (delivery(b"Subject: x\r\n\r\n" + b"x" * (QUOTA * 6 // 10)) for _ in range(2))
    assert await statuses(house, first, full) == [StoreStatus.STORED]
    assert await statuses(house, second, full) == [StoreStatus.OVER_QUOTA]
    assert await statuses(house, delivery(), full) == [StoreStatus.STORED]
    await asyncio.to_thread(house.behind.empty, full)
    assert await statuses(house, second, full) == [StoreStatus.STORED]
    assert house.ended(second, full)


async def test_store_into_an_unknown_mailbox_is_permanent_and_leaves_the_others_alone(house: House) -> None:
    if not house.knows_users:
        assert await statuses(house, delivery(), NOBODY) == [StoreStatus.STORED]  # a Maildir is made when mail comes
        return
    one, other = delivery(), house.mailbox()
    assert await statuses(house, one, NOBODY, other) == [StoreStatus.PERMANENT, StoreStatus.STORED]
    assert house.ended(one, other)
    assert not await house.store.contains(one.delivery_id, NOBODY)


async def test_contains_knows_what_is_stored_and_only_that(house: House) -> None:
    one, mailbox, other = delivery(), house.mailbox(), house.mailbox()
    assert not await house.store.contains(one.delivery_id, mailbox)
    await house.store.store(one, [mailbox])
    assert await house.store.contains(one.delivery_id, mailbox)
    assert not await house.store.contains(one.delivery_id, other)
    assert not await house.store.contains(new_delivery_id(MOMENT), mailbox)


async def test_contains_finds_what_a_person_moved_and_flagged(house: House) -> None:
    one, mailbox = delivery(), house.mailbox()
    await house.store.store(one, [mailbox])
    await asyncio.to_thread(house.behind.move, mailbox, one.delivery_id)
    assert await house.store.contains(one.delivery_id, mailbox)
    assert len(house.behind.messages(mailbox)) == 1


async def test_store_twice_is_stored_once(house: House) -> None:
    one, mailbox = delivery(), house.mailbox()
    await house.store.store(delivery(), [mailbox])
    for _ in range(2):
        assert await statuses(house, one, mailbox) == [StoreStatus.STORED]
    assert len(house.behind.messages(mailbox)) == 2


async def test_store_of_the_same_message_under_two_ids_is_two_messages(house: House) -> None:
    mailbox, content = house.mailbox(), b"Message-ID: <same@street.example>\r\n\r\nx\r\n"
    for _ in range(2):
        await house.store.store(delivery(content), [mailbox])
    assert len(house.behind.messages(mailbox)) == 2


async def test_store_is_not_fooled_by_a_stranger_who_writes_our_header(house: House) -> None:
    first, mailbox = delivery(), house.mailbox()
    forged = delivery(b"X-Machiya-Delivery: %s\r\nSubject: forged\r\n\r\nx\r\n" % first.delivery_id.encode())
    await house.store.store(first, [mailbox])
    assert await statuses(house, forged, mailbox) == [StoreStatus.STORED]
    assert len(house.behind.messages(mailbox)) == 2


async def test_store_takes_25_mib(house: House) -> None:
    one, mailbox = delivery(memoryview(largest())), house.mailbox()
    assert await statuses(house, one, mailbox) == [StoreStatus.STORED]
    assert house.ended(one, mailbox)


async def test_store_by_thirty_two_at_once_keeps_every_message(house: House) -> None:
    shared = house.mailbox()
    others = [house.mailbox() for _ in range(4)]
    await house.store.store(delivery(), [shared])
    deliveries = [delivery(b"Subject: %d\r\n\r\n" % n + b"x\r\n" * 100 * n) for n in range(32)]
    await asyncio.gather(*(house.store.store(one, [shared, others[n % 4]]) for n, one in enumerate(deliveries)))
    ends = {expected_maildir(one.prefix + bytes(one.content)) for one in deliveries}
    stored = house.behind.messages(shared)
    assert len(stored) == 33
    assert all(any(octets.endswith(end) for octets in stored) for end in ends)
    assert [len(house.behind.messages(mailbox)) for mailbox in others] == [8] * 4


@pytest.mark.parametrize(
    "sender", ["", "花子@通り.example", "a b@street.example", "a@b\r\nRCPT TO:<x@home.test>", "<>"]
)
async def test_store_takes_any_sender(house: House, sender: str) -> None:
    one, mailbox = delivery(sender=sender), house.mailbox()
    assert await statuses(house, one, mailbox) == [StoreStatus.STORED]
    assert house.ended(one, mailbox)


@pytest.mark.parametrize("mailbox", ODD, ids=str)
async def test_store_takes_odd_mailbox_names(house: House, mailbox: EmailAddress) -> None:
    one = delivery(b"Subject: \xe6\x97\xa5\xe6\x9c\xac\r\n\r\n\xe6\x9c\xac\xe6\x96\x87\r\n")
    assert await statuses(house, one, mailbox) == [StoreStatus.STORED]
    assert await house.store.contains(one.delivery_id, mailbox)
    assert house.ended(one, mailbox)
