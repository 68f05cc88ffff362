import threading
from datetime import UTC, datetime

import pytest

from fakes.accounts import FakeAccountsUnitOfWork
from machiya.accounts.model import Domain, Mailbox
from machiya.accounts.published import HouseRules
from machiya.accounts.snapshot import AddressSnapshot
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Unavailable
from machiya.core.recipients import RefusalReason
from machiya.mail.ports import RecipientDirectory

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOME = DomainName("home.test")
TARO = EmailAddress("taro", HOME)


@pytest.fixture
def work() -> FakeAccountsUnitOfWork:
    return FakeAccountsUnitOfWork()


def add(work: FakeAccountsUnitOfWork, *names: str) -> None:
    with work:
        work.accounts.save_domain(Domain(HOME, NOON))
        for name in names:
            work.accounts.save_mailbox(Mailbox(EmailAddress(name, HOME), NOON))
        work.commit()


def test_refresh_reads_once_for_each_change(work: FakeAccountsUnitOfWork) -> None:
    snapshot = AddressSnapshot(lambda: work)
    assert snapshot.refresh()
    assert snapshot.resolve(TARO).refusal is RefusalReason.UNKNOWN
    table = snapshot.table
    assert not snapshot.refresh()
    assert snapshot.table is table
    add(work, "taro")
    assert snapshot.resolve(TARO).refusal is RefusalReason.UNKNOWN
    assert snapshot.refresh()
    assert snapshot.resolve(TARO).mailboxes == (TARO,)


def test_snapshot_is_a_recipient_directory_and_knows_the_owner(work: FakeAccountsUnitOfWork) -> None:
    work.rules = HouseRules(TARO)
    add(work, "a", "taro")
    snapshot = AddressSnapshot(lambda: work)
    snapshot.refresh()
    directory: RecipientDirectory = snapshot
    assert directory.resolve(EmailAddress("postmaster", HOME)).mailboxes == (TARO,)
    assert directory.postmaster() == EmailAddress("postmaster", HOME)


def test_refresh_keeps_the_last_table_while_the_database_is_ill(work: FakeAccountsUnitOfWork) -> None:
    add(work, "taro")
    snapshot = AddressSnapshot(lambda: work)
    snapshot.refresh()
    add(work, "mia")
    work.ill = True
    assert not snapshot.refresh()
    assert not snapshot.refresh()
    assert snapshot.resolve(TARO).mailboxes == (TARO,)
    work.ill = False
    assert snapshot.refresh()
    assert snapshot.resolve(EmailAddress("mia", HOME)).mailboxes


def test_snapshot_that_was_never_read_is_unavailable(work: FakeAccountsUnitOfWork) -> None:
    snapshot = AddressSnapshot(lambda: work)
    with pytest.raises(Unavailable):
        snapshot.resolve(TARO)
    work.ill = True
    with pytest.raises(Unavailable):
        snapshot.refresh()


def test_refresh_by_many_threads_reads_one_change_once(work: FakeAccountsUnitOfWork) -> None:
    add(work, "taro")
    snapshot = AddressSnapshot(lambda: work)
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(snapshot.refresh())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]


def test_renew_follows_the_accounts_or_says_that_it_cannot(work: FakeAccountsUnitOfWork) -> None:
    snapshot = AddressSnapshot(lambda: work)
    add(work, "taro")
    snapshot.renew()
    assert snapshot.resolve(TARO).mailboxes == (TARO,)
    work.ill = True
    with pytest.raises(Unavailable):
        snapshot.renew()
