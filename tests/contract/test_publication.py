"""What is published agrees with the accounts after every commit, whoever keeps the rows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machiya.accounts.address_table import AddressTable
from machiya.accounts.model import Alias, AppPassword, Domain, Mailbox
from machiya.accounts.ports import AccountsUnitOfWork
from machiya.accounts.published import HouseRules, Publication, PublishedAppPassword, PublishedMailbox
from machiya.accounts.snapshot import AddressSnapshot
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.recipients import RefusalReason

OpenWork = Callable[[], AccountsUnitOfWork]

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUSES = tuple(DomainName.parse(name) for name in ("home.test", "例え.jp"))
HOME, SHOP = HOUSES


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


TARO, MIA = Mailbox(at("taro@home.test"), NOON, "{ARGON2ID}t", 5), Mailbox(at("mia@home.test"), NOON)


@pytest.fixture
def people(open_work: OpenWork) -> OpenWork:
    """Taro, Mia, sales -> taro+sales, all -> both; what nobody takes at 例え.jp goes to sales."""
    with open_work() as work:
        work.accounts.save_domain(Domain(HOME, NOON))
        work.accounts.save_domain(Domain(SHOP, NOON, at("sales@home.test")))
        for box in (TARO, MIA):
            work.accounts.save_mailbox(box)
        work.accounts.save_alias(Alias(at("sales@home.test"), (at("taro+sales@home.test"),), NOON))
        work.accounts.save_alias(Alias(at("all@例え.jp"), (MIA.address, at("sales@home.test")), NOON))
        work.commit()
    return open_work


def published(open_work: OpenWork) -> Publication:
    with open_work() as work:
        return work.accounts.published()


def reached(open_work: OpenWork, recipient: str) -> list[str]:
    table = AddressTable.of(published(open_work).addresses)
    return [mailbox.local for mailbox in table.resolve(at(recipient)).mailboxes]


def test_addresses_are_flattened_in_the_order_of_the_targets(people: OpenWork) -> None:
    assert reached(people, "taro@home.test") == ["taro"]
    assert reached(people, "all@例え.jp") == ["mia", "taro"]
    assert reached(people, "nobody@例え.jp") == ["taro"]
    assert reached(people, "nobody@home.test") == []


def test_mailboxes_and_domains_are_published_as_they_are(people: OpenWork) -> None:
    found = published(people)
    assert found.domains == (HOME, SHOP)
    assert found.mailboxes == (
        PublishedMailbox(MIA.address, "", 0, enabled=True),
        PublishedMailbox(TARO.address, "{ARGON2ID}t", 5, enabled=True),
    )


def test_disabled_mailbox_is_published_as_refused(people: OpenWork) -> None:
    with people() as work:
        work.accounts.save_mailbox(replace(MIA, enabled=False))
        work.commit()
    assert reached(people, "all@例え.jp") == ["taro"]
    (mia,) = (one for one in published(people).addresses if one.pattern == "mia@home.test")
    assert (mia.mailboxes, mia.refusal) == ((), RefusalReason.DISABLED)


def test_app_passwords_of_enabled_mailboxes_are_published(people: OpenWork) -> None:
    phone, tablet = (AppPassword(name, TARO.address, name, name * 64, NOON) for name in "pt")
    other = AppPassword("m", MIA.address, "Phone", "m" * 64, NOON)
    with people() as work:
        for one in (tablet, phone, other):
            work.accounts.save_app_password(one)
        work.accounts.save_mailbox(replace(MIA, enabled=False))
        work.commit()
    found = [PublishedAppPassword(TARO.address, one.digest) for one in (phone, tablet)]
    assert list(published(people).app_passwords) == found
    with people() as work:
        work.accounts.remove_app_password(phone)
        work.accounts.save_mailbox(MIA)
        work.commit()
    left = [PublishedAppPassword(one.mailbox, one.digest) for one in (other, tablet)]
    assert list(published(people).app_passwords) == left


def test_mailbox_or_house_requires_app_passwords(people: OpenWork) -> None:
    with people() as work:
        work.accounts.save_mailbox(replace(MIA, app_passwords_required=True))
        work.commit()
    assert [one.app_passwords_required for one in published(people).mailboxes] == [True, False]
    house = Publication.of((), (MIA, TARO), (), HouseRules(app_passwords_required=True))
    assert [one.app_passwords_required for one in house.mailboxes] == [True, True]


def test_changed_alias_and_ended_catch_all_are_published(people: OpenWork) -> None:
    with people() as work:
        work.accounts.save_alias(Alias(at("sales@home.test"), (MIA.address, TARO.address), NOON))
        work.accounts.save_domain(Domain(SHOP, NOON))
        work.commit()
    assert reached(people, "sales@home.test") == ["mia", "taro"]
    assert reached(people, "nobody@例え.jp") == []


def test_emptied_house_publishes_nothing(people: OpenWork) -> None:
    empty(people)
    assert published(people) == Publication()


def test_rolled_back_change_is_not_published(people: OpenWork) -> None:
    before = published(people)
    with people() as work:
        work.accounts.remove_mailbox(MIA.address)
    assert published(people) == before


def empty(open_work: OpenWork) -> None:
    with open_work() as work:
        for alias in work.accounts.aliases():
            work.accounts.remove_alias(alias.address)
        for box in work.accounts.mailboxes():
            work.accounts.remove_mailbox(box.address)
        for domain in work.accounts.domains():
            work.accounts.remove_domain(domain.name)
        work.commit()


# Any accounts at all, also those the use cases would refuse: loops, aliases over mailboxes, targets outside.

NAMES = st.sampled_from(["a", "b", "c", "a+x", "postmaster"])
ADDRESSES = st.builds(EmailAddress, NAMES, st.sampled_from([*HOUSES, DomainName("else.test")]))
OURS = st.builds(EmailAddress, NAMES, st.sampled_from(HOUSES))


@st.composite
def accounts(draw: st.DrawFn) -> tuple[list[Domain], list[Mailbox], list[Alias]]:
    boxes = draw(st.dictionaries(OURS, st.booleans(), max_size=5))
    others = draw(st.dictionaries(OURS, st.lists(ADDRESSES, max_size=3, unique=True), max_size=6))
    return (
        [Domain(name, NOON, draw(st.none() | ADDRESSES)) for name in HOUSES],
        [Mailbox(address, NOON, enabled=enabled) for address, enabled in boxes.items()],
        [Alias(address, tuple(targets), NOON) for address, targets in others.items()],
    )


@given(made=accounts())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_snapshot_of_the_published_table_agrees_with_the_accounts(
    open_work: OpenWork, made: tuple[list[Domain], list[Mailbox], list[Alias]]
) -> None:
    empty(open_work)
    houses, boxes, others = made
    with open_work() as work:
        for domain in houses:
            work.accounts.save_domain(domain)
        for box in boxes:
            work.accounts.save_mailbox(box)
        for alias in others:
            work.accounts.save_alias(alias)
        work.commit()
    snapshot = AddressSnapshot(open_work)
    snapshot.refresh()
    expected = AddressTable.build(houses, boxes, others)
    assert snapshot.table.edge_recipients("key") == expected.edge_recipients("key")
    for name in ("a", "b+tag", "c", "a+x", "postmaster", "nobody"):
        for house in HOUSES:
            recipient = EmailAddress(name, house)
            assert snapshot.resolve(recipient) == expected.resolve(recipient)
