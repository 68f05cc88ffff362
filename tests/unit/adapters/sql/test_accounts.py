import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from machiya.accounts.model import Domain, Mailbox
from machiya.accounts.published import HouseRules
from machiya.accounts.snapshot import AddressSnapshot
from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork
from machiya.core.addresses import DomainName, EmailAddress

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOME = DomainName("home.test")


def add_next(engine: Engine, times: int) -> None:
    """Count, then add one named by the count: two writers that overlap would choose the same name."""
    for _ in range(times):
        with SqlAccountsUnitOfWork(engine) as work:
            count = len(work.accounts.mailboxes())
            work.accounts.save_mailbox(Mailbox(EmailAddress(f"u{count}", HOME), NOON))
            work.commit()


def test_writers_stand_in_line(engine: Engine) -> None:
    with SqlAccountsUnitOfWork(engine) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.commit()
    threads = [threading.Thread(target=add_next, args=(engine, 5)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with SqlAccountsUnitOfWork(engine, read_only=True) as work:
        assert len(work.accounts.mailboxes()) == 15
        assert work.accounts.version() == 16


def test_read_only_work_does_not_wait_for_a_writer(engine: Engine) -> None:
    with SqlAccountsUnitOfWork(engine) as writer:
        writer.accounts.save_domain(Domain(HOME, NOON))
        with SqlAccountsUnitOfWork(engine, read_only=True) as reader:
            assert reader.accounts.domains() == ()
        writer.commit()
    with SqlAccountsUnitOfWork(engine, read_only=True) as reader:
        assert len(reader.accounts.domains()) == 1


def test_read_only_work_refuses_to_commit_a_change(engine: Engine) -> None:
    with SqlAccountsUnitOfWork(engine, read_only=True) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        with pytest.raises(RuntimeError, match="read-only"):
            work.commit()
    with SqlAccountsUnitOfWork(engine, read_only=True) as work:
        assert work.accounts.domains() == ()


def test_snapshot_over_the_database_follows_changes(engine: Engine) -> None:
    snapshot = AddressSnapshot(lambda: SqlAccountsUnitOfWork(engine, read_only=True))
    assert snapshot.refresh()
    with SqlAccountsUnitOfWork(engine) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.accounts.save_mailbox(Mailbox(EmailAddress("taro", HOME), NOON))
        work.commit()
    assert snapshot.refresh()
    assert not snapshot.refresh()
    assert snapshot.resolve(EmailAddress("taro", HOME)).mailboxes == (EmailAddress("taro", HOME),)


def test_commit_without_a_change_publishes_for_another_owner_once(engine: Engine) -> None:
    mia = EmailAddress("mia", HOME)
    with SqlAccountsUnitOfWork(engine) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        for name in ("adam", "mia"):
            work.accounts.save_mailbox(Mailbox(EmailAddress(name, HOME), NOON))
        work.commit()
    snapshot = AddressSnapshot(lambda: SqlAccountsUnitOfWork(engine, read_only=True))
    snapshot.refresh()
    for _ in range(2):
        with SqlAccountsUnitOfWork(engine, rules=HouseRules(mia)) as work:
            work.commit()
    assert snapshot.refresh()
    assert snapshot.resolve(EmailAddress("postmaster", HOME)).mailboxes == (mia,)
    with SqlAccountsUnitOfWork(engine, read_only=True) as work:
        assert work.accounts.version() == 2
