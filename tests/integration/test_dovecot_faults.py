"""Dovecot frozen, killed, restarted: what the store says must be true."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from fakes.deliveries import TARO, delivery
from integration.dovecot.server import MAIL_UID, DovecotContainer, User
from machiya.adapters.dovecot.doveadm import DoveadmLocator
from machiya.adapters.dovecot.lmtp.store import LmtpStore
from machiya.core.identifiers import DeliveryId
from machiya.mail.model import Delivery, StoreStatus
from machiya.mail.ports import StoreOutcomeUnknown, StoreUnavailable

pytestmark = pytest.mark.dovecot
BODY = b"Subject: load\r\n\r\n" + b"0123456789\r\n" * 1000
ROUNDS = 5


@pytest.fixture(scope="module")
def dovecot() -> Iterator[DovecotContainer]:
    with DovecotContainer({str(TARO): User()}) as one:
        yield one


@pytest_asyncio.fixture
async def store(dovecot: DovecotContainer) -> AsyncIterator[LmtpStore]:
    made = open_store(dovecot)
    yield made
    await made.close()


def open_store(dovecot: DovecotContainer, timeout_seconds: float = 60) -> LmtpStore:
    locate = DoveadmLocator(dovecot.doveadm_url, dovecot.api_key, timeout_seconds)
    return LmtpStore("127.0.0.1", dovecot.lmtp_port, 4, timeout_seconds, locate)


def count(dovecot: DovecotContainer, delivery_id: DeliveryId) -> int:
    """Copies in the INBOX, counted in the files."""
    mark = f"X-Machiya-Delivery: {delivery_id}\n".encode()
    folders = (dovecot.maildir(str(TARO)) / part for part in ("new", "cur"))
    return sum(mark in file.read_bytes() for folder in folders if folder.is_dir() for file in folder.iterdir())


async def test_store_reconnects_after_a_restart(store: LmtpStore, dovecot: DovecotContainer) -> None:
    for _ in range(2):
        one = delivery()
        assert (await store.store(one, [TARO]))[TARO].status is StoreStatus.STORED
        assert await store.contains(one.delivery_id, TARO)
        await asyncio.to_thread(dovecot.restart)


async def test_store_and_contains_of_a_frozen_dovecot_are_unavailable(dovecot: DovecotContainer) -> None:
    store = open_store(dovecot, timeout_seconds=1)
    await asyncio.to_thread(dovecot.pause)
    try:
        with pytest.raises(StoreUnavailable):
            await store.store(delivery(), [TARO])
        with pytest.raises(StoreUnavailable):
            await store.contains(delivery().delivery_id, TARO)
    finally:
        await asyncio.to_thread(dovecot.unpause)
        await store.close()


async def test_store_that_was_lost_is_told_apart_by_contains(store: LmtpStore, dovecot: DovecotContainer) -> None:
    """All of Dovecot is killed (−9) under load: told stored = there; certainly not stored = not there; else ask."""
    answers: dict[DeliveryId, object] = {}
    for _ in range(ROUNDS):
        enough = asyncio.Event()
        writers = [asyncio.create_task(write_until_lost(store, answers, enough)) for _ in range(4)]
        await enough.wait()
        await asyncio.to_thread(dovecot.restart)
        await asyncio.gather(*writers)
    for delivery_id, answer in answers.items():
        there = count(dovecot, delivery_id)
        assert there <= 1
        assert await store.contains(delivery_id, TARO) == bool(there)
        if answer is StoreStatus.STORED:
            assert there
        if answer is StoreUnavailable:
            assert not there


async def test_store_lock_of_a_killed_dovecot_does_not_keep_the_mailbox_shut(
    store: LmtpStore, dovecot: DovecotContainer
) -> None:
    """The lock names process 1, which lives again after the restart; Dovecot would wait two minutes for it.

    A folder that Dovecot may not read, for example a disk's lost+found, is in nobody's way.
    """
    one = delivery()
    assert (await store.store(one, [TARO]))[TARO].status is StoreStatus.STORED
    lock = dovecot.maildir(str(TARO)) / "dovecot-uidlist.lock"
    folder_lock = dovecot.maildir(str(TARO)) / ".Sent" / lock.name
    unlike = dovecot.maildir(str(TARO)) / "cur" / "dovecot.lock"
    for file in (lock, folder_lock, unlike):
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"1:{socket.gethostname()}")
        os.chown(file, MAIL_UID, MAIL_UID)
        os.chown(file.parent, MAIL_UID, MAIL_UID)
    closed = dovecot.mail_dir / "lost+found"
    closed.mkdir(mode=0o700)
    await asyncio.to_thread(dovecot.restart)
    assert "not every folder could be searched" in dovecot.log()
    assert not lock.exists()
    assert not folder_lock.exists()
    assert unlike.exists()
    assert await store.contains(one.delivery_id, TARO)
    unlike.unlink()
    closed.rmdir()


async def write_until_lost(store: LmtpStore, answers: dict[DeliveryId, object], enough: asyncio.Event) -> None:
    while True:
        one: Delivery = delivery(BODY)
        try:
            answers[one.delivery_id] = (await store.store(one, [TARO]))[TARO].status
        except (StoreUnavailable, StoreOutcomeUnknown) as error:
            answers[one.delivery_id] = type(error)
            return
        finally:
            if len(answers) % 20 == 0:
                enough.set()


async def test_contains_with_a_wrong_key_does_not_guess(dovecot: DovecotContainer) -> None:
    locate = DoveadmLocator(dovecot.doveadm_url, "wrong", 20)
    with pytest.raises(StoreUnavailable, match="401"):
        await locate.contains(delivery().delivery_id, TARO)
    await locate.close()
