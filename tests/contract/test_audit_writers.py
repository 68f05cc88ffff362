"""Several who write the audit log at once, with changes of their own, in the two real databases."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from contract.audit_steps import NOON, drop_triggers, in_threads, verified, write
from contract.conftest import DATABASES
from machiya.access.audit import AuditNote, record
from machiya.access.model import Factor, Session, Who, WhoKind
from machiya.access.throttle import admit, by_account, by_code
from machiya.access.verifying import Verdict
from machiya.accounts.model import Domain, Mailbox
from machiya.accounts.published import HouseRules
from machiya.adapters.sql.access.unit_of_work import SqlAccessUnitOfWork
from machiya.adapters.sql.accounts import SqlAccountsUnitOfWork
from machiya.adapters.sql.append_only import make_append_only
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import MachiyaError

HOME = DomainName("home.test")


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, empty_database: Callable[[str], Engine]) -> Engine:
    return empty_database(request.param)


def test_writers_at_once_make_one_chain(engine: Engine) -> None:
    def of_accounts() -> None:
        for number in range(10):
            note = AuditNote("cli:root", "domain.add", f"d{number}.test")
            with SqlAccountsUnitOfWork(engine, audit=note) as work:
                work.accounts.save_domain(Domain(DomainName(f"d{number}.test"), NOON))
                work.commit()

    in_threads(of_accounts, lambda: write(engine, 10), lambda: write(engine, 10))
    verdict = verified(engine)
    assert (verdict.intact, verdict.entries, verdict.head.number) == (True, 30, 30)


def test_verifying_meanwhile_finds_nothing(engine: Engine) -> None:
    write(engine, 5)
    done = threading.Event()
    verdicts: list[Verdict] = []

    def watch() -> None:
        while not done.is_set():
            verdicts.append(verified(engine))

    def work() -> None:
        try:
            write(engine, 20)
        finally:
            done.set()

    in_threads(watch, work)
    assert all(verdict.intact for verdict in verdicts)
    assert verified(engine).entries == 25


def test_an_entry_is_written_in_the_transaction_of_the_change_or_not_at_all(engine: Engine) -> None:
    note = AuditNote("cli:root", "domain.add", "home.test")
    with SqlAccountsUnitOfWork(engine, audit=note) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
    assert verified(engine).entries == 0
    with SqlAccountsUnitOfWork(engine, audit=note) as work:
        work.commit()  # nothing was changed
    assert verified(engine).entries == 0
    with SqlAccountsUnitOfWork(engine, audit=note) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.commit()
        work.accounts.save_mailbox(Mailbox(EmailAddress("you", HOME), NOON))
        work.commit()  # the second step of the same act
    assert verified(engine).entries == 1


def test_an_act_whose_first_step_changes_no_row_is_written_down_by_the_one_that_does(engine: Engine) -> None:
    empty = DomainName("empty.test")
    with SqlAccountsUnitOfWork(engine, audit=AuditNote("a", "b")) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.accounts.save_domain(Domain(empty, NOON))
        work.accounts.save_mailbox(Mailbox(EmailAddress("you", HOME), NOON, "{ARGON2ID}x"))
        work.commit()
    rules = HouseRules(app_passwords_required=True)  # changed in machiya.toml, and published by the first step
    with SqlAccountsUnitOfWork(engine, rules=rules, audit=AuditNote("cli:root", "domain.remove", str(empty))) as work:
        before = work.accounts.version()
        work.commit()
        assert work.accounts.version() > before
        assert verified(engine).entries == 1
        work.accounts.remove_domain(empty)
        work.commit()
        work.accounts.save_domain(Domain(empty, NOON))
        work.commit()
    assert verified(engine).entries == 2


def add_home(engine: Engine) -> None:
    with SqlAccountsUnitOfWork(engine, audit=AuditNote("a", "b")) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.commit()


def test_a_change_that_cannot_be_recorded_is_not_made(engine: Engine) -> None:
    with engine.begin() as connection:
        drop_triggers(connection)
        connection.execute(text("ALTER TABLE audit_log RENAME TO audit_gone"))
    try:
        with pytest.raises(MachiyaError):
            add_home(engine)
        with SqlAccountsUnitOfWork(engine, read_only=True) as work:
            assert work.accounts.domains() == ()
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit_gone RENAME TO audit_log"))
            make_append_only(connection, "audit_log", "number")


def test_the_owner_of_a_mailbox_that_is_removed_is_forgotten(engine: Engine) -> None:
    address = EmailAddress("you", HOME)
    who, other = Who(WhoKind.MAILBOX, str(address)), Who(WhoKind.MAILBOX, "me@home.test")
    with SqlAccountsUnitOfWork(engine) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.accounts.save_mailbox(Mailbox(address, NOON))
        work.commit()
    with SqlAccessUnitOfWork(engine) as access:
        for one in (who, other):
            access.factors.save(Factor(one, "sealed", confirmed=True, last_step=1, created_at=NOON))
            access.factors.save_recovery_codes(one, frozenset({"x"}))
            access.sessions.save(Session(one.name[:2], one, one.name, "s", NOON, NOON, NOON, NOON))
            admit(access.attempts, NOON, (by_account(one.name), by_code(str(one))))
        access.commit()
    with SqlAccountsUnitOfWork(engine) as work:
        work.accounts.remove_mailbox(address)
        work.commit()
    with SqlAccessUnitOfWork(engine, read_only=True) as access:
        assert (access.factors.find(who), access.factors.recovery_codes(who), access.sessions.of(who)) == (
            None,
            frozenset(),
            (),
        )
        assert not any(access.attempts.find(one.key) for one in (by_account(who.name), by_code(str(who))))
        assert access.factors.find(other)
        assert all(access.attempts.find(one.key) for one in (by_account(other.name), by_code(str(other))))
        assert access.sessions.of(other)


def test_removing_mailboxes_and_logging_in_at_once_never_block_one_another_for_good(engine: Engine) -> None:
    who = Who(WhoKind.MAILBOX, "you@home.test")
    with SqlAccountsUnitOfWork(engine) as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.commit()

    def come_and_go() -> None:
        for _ in range(10):
            with SqlAccountsUnitOfWork(engine, audit=AuditNote("a", "mailbox.add")) as work:
                work.accounts.save_mailbox(Mailbox(EmailAddress("you", HOME), NOON))
                work.commit()
            with SqlAccountsUnitOfWork(engine, audit=AuditNote("a", "mailbox.remove")) as work:
                work.accounts.remove_mailbox(EmailAddress("you", HOME))
                work.commit()

    def log_in() -> None:
        for _ in range(20):
            with SqlAccessUnitOfWork(engine) as access:
                access.sessions.save(Session("s", who, "t", "s", NOON, NOON, NOON, NOON))
                record(access.audit, NOON, AuditNote("b", "log_in"))
                access.commit()

    in_threads(come_and_go, log_in, log_in)
    assert (verified(engine).intact, verified(engine).entries) == (True, 60)
