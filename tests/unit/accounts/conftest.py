"""A small house of people, with fakes around it."""

from datetime import UTC, datetime

import pytest

from fakes.accounts import FakeAccountsUnitOfWork, FakeMailboxFiles, FakePasswordHasher
from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.core.addresses import DomainName, EmailAddress

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class StoppedClock:
    """Noon."""

    def now(self) -> datetime:
        return NOON


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def hasher() -> FakePasswordHasher:
    return FakePasswordHasher()


@pytest.fixture
def work() -> FakeAccountsUnitOfWork:
    """home.test: taro, mia, alias sales -> taro; shop.test: catch-all taro, alias all -> taro and mia."""

    def at(text: str) -> EmailAddress:
        return EmailAddress.parse(text)

    made = FakeAccountsUnitOfWork()
    with made:
        made.accounts.save_domain(Domain(DomainName("home.test"), NOON))
        made.accounts.save_domain(Domain(DomainName("shop.test"), NOON, at("taro@home.test")))
        for name in ("taro", "mia"):
            made.accounts.save_mailbox(Mailbox(at(f"{name}@home.test"), NOON, "{ARGON2ID}old"))
        made.accounts.save_alias(Alias(at("sales@home.test"), (at("taro+sales@home.test"),), NOON))
        made.accounts.save_alias(Alias(at("all@shop.test"), (at("taro@home.test"), at("mia@home.test")), NOON))
        made.commit()
    made.commits = 0
    return made


@pytest.fixture
def files() -> FakeMailboxFiles:
    """Taro has mail."""
    return FakeMailboxFiles({EmailAddress.parse("taro@home.test"): (3, 4096)})
