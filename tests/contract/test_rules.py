"""Rules come back as they were saved, whoever keeps the rows."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.accounts.ports import AccountsUnitOfWork
from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Rules, Vacation
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import Conflict

OpenWork = Callable[[], AccountsUnitOfWork]

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TARO, MIA = EmailAddress.parse("taro@home.test"), EmailAddress.parse("mia@home.test")
EVERYTHING = Rules(
    TARO,
    Vacation(
        "夏休み\n☎ \\ \" ' ${x} 😀",
        "不在",
        date(2026, 8, 1),
        date(2026, 8, 9),
        "Asia/Tokyo",
        7,
        starts_at=NOON,
        ends_at=NOON,
    ),
    Forwarding((EmailAddress.parse("t@out.test"), MIA), keep_copy=False, enabled=False),
    (
        Filter("one", (Condition(Field.LIST_ID, Comparison.IS, "l.out.test"),), folder="仕事/請求", stop=False),
        Filter("two", (Condition(Field.SENDER, Comparison.CONTAINS, "x"),), match_all=False, trash=True, enabled=False),
        Filter("three", (), mark_read=True, flag=True, forward_to=(MIA,)),
    ),
)


@pytest.fixture
def people(open_work: OpenWork) -> OpenWork:
    with open_work() as work:
        work.accounts.save_domain(Domain(DomainName("home.test"), NOON))
        for address in (TARO, MIA):
            work.accounts.save_mailbox(Mailbox(address, NOON))
        work.commit()
    return open_work


def save(open_work: OpenWork, *rules: Rules) -> None:
    with open_work() as work:
        for one in rules:
            work.accounts.save_rules(one)
        work.commit()


def published(open_work: OpenWork) -> dict[EmailAddress, str]:
    with open_work() as work:
        return {one.login: one.script for one in work.accounts.published_scripts()}


def test_rules_come_back_as_they_were(people: OpenWork) -> None:
    save(people, EVERYTHING)
    with people() as work:
        assert work.accounts.rules(TARO) == EVERYTHING
        assert work.accounts.rules(MIA) is None
        assert work.accounts.all_rules() == (EVERYTHING,)


def test_empty_rules_are_none(people: OpenWork) -> None:
    save(people, EVERYTHING)
    save(people, Rules(TARO))
    with people() as work:
        assert work.accounts.rules(TARO) is None
        assert work.accounts.all_rules() == ()
    assert published(people) == {}


def test_rules_need_a_mailbox_and_go_with_it(people: OpenWork) -> None:
    save(people, EVERYTHING)
    with people() as work:
        work.accounts.remove_mailbox(TARO)
        work.commit()
    with people() as work:
        assert work.accounts.all_rules() == ()
    assert published(people) == {}
    with people() as work, pytest.raises(Conflict):
        work.accounts.save_rules(EVERYTHING)


def test_saving_a_mailbox_leaves_its_rules(people: OpenWork) -> None:
    save(people, EVERYTHING)
    with people() as work:
        work.accounts.save_mailbox(Mailbox(TARO, NOON, quota_bytes=5))
        work.commit()
    with people() as work:
        assert work.accounts.rules(TARO) == EVERYTHING


def test_scripts_are_published_with_the_commit_and_follow_the_aliases(people: OpenWork) -> None:
    save(people, Rules(TARO, Vacation("夏休み 😀")), Rules(MIA, Vacation("y" * 10_000)))
    assert ':addresses "taro@home.test"' in published(people)[TARO]
    assert "夏休み 😀" in published(people)[TARO]
    assert "y" * 10_000 in published(people)[MIA]
    with people() as work:
        work.accounts.save_alias(Alias(EmailAddress.parse("sales@home.test"), (TARO,), NOON))
        work.commit()
    assert ':addresses ["sales@home.test", "taro@home.test"]' in published(people)[TARO]


def test_what_is_not_committed_is_not_published(people: OpenWork) -> None:
    with people() as work:
        work.accounts.save_rules(EVERYTHING)
    assert published(people) == {}


def test_version_moves_on_with_rules_and_only_then(people: OpenWork) -> None:
    def version() -> int:
        with people() as work:
            return work.accounts.version()

    before = version()
    save(people, EVERYTHING)
    after = version()
    assert after > before
    with people() as work:
        work.commit()
    assert version() == after


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_text_comes_back(people: OpenWork, text: str) -> None:
    rules = Rules(TARO, filters=(Filter(text, (Condition(Field.SUBJECT, Comparison.IS, text),), folder=text),))
    save(people, rules)
    with people() as work:
        assert work.accounts.rules(TARO) == rules
