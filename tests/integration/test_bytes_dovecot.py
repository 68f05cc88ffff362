"""The corpus through our LMTP client and real Dovecot: what is stored is what was sent."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from corpus.messages import CORPUS, expected_maildir
from corpus.sample import Sample
from fakes.deliveries import HANAKO, JIRO, SENDER, TARO, delivery
from integration.dovecot.imap import fetch_all
from integration.dovecot.server import DovecotContainer, User
from machiya.adapters.dovecot.doveadm import DoveadmLocator
from machiya.adapters.dovecot.lmtp.connection import LmtpConnection
from machiya.adapters.dovecot.lmtp.dot_stuffing import is_exact
from machiya.adapters.dovecot.lmtp.store import LmtpStore
from machiya.core.addresses import EmailAddress
from machiya.mail.model import Delivery, StoreStatus

pytestmark = pytest.mark.dovecot
RETURN_PATH = f"Return-Path: <{SENDER}>\n".encode()


@pytest.fixture(scope="module")
def dovecot() -> Iterator[DovecotContainer]:
    with DovecotContainer({str(mailbox): User() for mailbox in (TARO, HANAKO, JIRO)}) as one:
        yield one


@pytest_asyncio.fixture
async def store(dovecot: DovecotContainer) -> AsyncIterator[LmtpStore]:
    locate = DoveadmLocator(dovecot.doveadm_url, dovecot.api_key, 60)
    made = LmtpStore("127.0.0.1", dovecot.lmtp_port, 2, 60, locate)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def without_bdat(store: LmtpStore) -> LmtpStore:
    """The same, as if the server offered no CHUNKING."""
    connect = store._pool._connect

    async def connect_without() -> LmtpConnection:
        connection = await connect()
        connection.offers -= {"CHUNKING"}
        return connection

    store._pool._connect = connect_without
    return store


def take(dovecot: DovecotContainer, mailbox: EmailAddress) -> bytes:
    """The only message of a mailbox, which is empty then."""
    [file] = [one for part in ("new", "cur") for one in (dovecot.maildir(str(mailbox)) / part).iterdir()]
    octets = file.read_bytes()
    file.unlink()
    return octets


def own(mailbox: EmailAddress) -> bytes:
    """What Dovecot puts first when a message has one recipient."""
    return RETURN_PATH + f"Delivered-To: {mailbox}\n".encode()


async def put(store: LmtpStore, one: Delivery, *mailboxes: EmailAddress) -> None:
    outcomes = await store.store(one, mailboxes)
    assert [outcome.status for outcome in outcomes.values()] == [StoreStatus.STORED] * len(mailboxes)


@pytest.mark.parametrize("sample", CORPUS, ids=lambda sample: sample.name)
async def test_dovecot_stores_every_octet(store: LmtpStore, dovecot: DovecotContainer, sample: Sample) -> None:
    one = delivery(sample.content)
    await put(store, one, TARO)
    assert take(dovecot, TARO) == own(TARO) + expected_maildir(one.prefix + sample.content)


@pytest.mark.parametrize("sample", CORPUS, ids=lambda sample: sample.name)
async def test_dovecot_stores_the_same_over_data_or_a_dot_or_line_end_more(
    without_bdat: LmtpStore, dovecot: DovecotContainer, sample: Sample
) -> None:
    """Where DATA cannot carry the octets, what is stored differs by doubled dots and a last line end alone."""
    one = delivery(sample.content)
    await put(without_bdat, one, TARO)
    stored, expected = take(dovecot, TARO), own(TARO) + expected_maildir(one.prefix + sample.content)
    if is_exact(sample.content):
        assert stored == expected
    else:
        assert stored.replace(b".", b"").rstrip(b"\r\n") == expected.replace(b".", b"").rstrip(b"\r\n")
        assert stored.count(b".") >= expected.count(b".")


async def test_dovecot_with_several_recipients_writes_no_delivered_to(
    store: LmtpStore, dovecot: DovecotContainer
) -> None:
    one = delivery()
    await put(store, one, TARO, HANAKO)
    for mailbox in (TARO, HANAKO):
        assert take(dovecot, mailbox) == RETURN_PATH + expected_maildir(one.prefix + bytes(one.content))


async def test_dovecot_gives_the_message_to_a_mail_program(store: LmtpStore, dovecot: DovecotContainer) -> None:
    one = delivery("Subject: =?UTF-8?B?5pel5pys?=\r\n\r\n表①\r\n".encode("cp932"))
    await put(store, one, JIRO)
    [fetched] = fetch_all(dovecot.imap_port, str(JIRO), "secret")
    assert fetched == own(JIRO).replace(b"\n", b"\r\n") + one.prefix + bytes(one.content)
