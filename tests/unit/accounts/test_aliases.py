import pytest

from fakes.accounts import FakeAccountsUnitOfWork
from machiya.accounts.aliases import (
    add_alias,
    change_alias,
    list_aliases,
    plan_alias_removal,
    remove_alias,
    show_alias,
)
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound, Refused


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


TARO, MIA, SALES, INFO = at("taro@home.test"), at("mia@home.test"), at("sales@home.test"), at("info@shop.test")


def test_add_alias_keeps_targets_in_order_and_once(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    alias = add_alias(work, clock, INFO, [MIA, TARO, MIA, at("taro+x@home.test"), SALES])
    assert alias.targets == (MIA, TARO, at("taro+x@home.test"), SALES)
    assert work.committed.alias(INFO) == alias


def test_add_alias_may_be_of_a_tag_or_beyond_ascii(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    for text in ("taro+shop@home.test", "ünal@home.test", '"a b"@home.test'):
        add_alias(work, clock, at(text), [MIA])
        assert work.committed.alias(at(text))


def test_add_alias_refuses_a_target_outside_and_says_why(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    with pytest.raises(InvalidInput, match=r"me@gmail\.example is outside of this house") as refused:
        add_alias(work, clock, INFO, [TARO, at("me@gmail.example")])
    assert "relay refuses" in refused.value.hint
    assert work.commits == 0


def test_add_alias_refuses_an_unknown_target(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    with pytest.raises(NotFound, match="neither a mailbox nor an alias") as refused:
        add_alias(work, clock, INFO, [at("nobody@shop.test")])
    assert refused.value.hint == "Add it first: machiya mailbox add nobody@shop.test"


def test_add_alias_refuses_no_target(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    with pytest.raises(InvalidInput, match="no target"):
        add_alias(work, clock, INFO, [])


@pytest.mark.parametrize("target", ["info@shop.test", "info+x@shop.test", "INFO@shop.test"])
def test_add_alias_refuses_itself(work: FakeAccountsUnitOfWork, clock: Clock, target: str) -> None:
    with pytest.raises(InvalidInput, match="itself"):
        add_alias(work, clock, INFO, [at(target)])


@pytest.mark.parametrize("taken", [TARO, SALES])
def test_add_alias_refuses_a_taken_address(work: FakeAccountsUnitOfWork, clock: Clock, taken: EmailAddress) -> None:
    with pytest.raises(AlreadyExists):
        add_alias(work, clock, taken, [MIA])


def test_add_alias_needs_its_domain(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    with pytest.raises(NotFound, match=r"else\.test is not a domain of this house"):
        add_alias(work, clock, at("a@else.test"), [TARO])


def test_add_alias_that_turns_a_tag_into_a_loop_is_refused(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    with pytest.raises(Refused, match=r"taro\+sales@home\.test -> sales@home\.test -> taro\+sales@home\.test"):
        add_alias(work, clock, at("taro+sales@home.test"), [SALES])
    assert work.committed.alias(at("taro+sales@home.test")) is None


def test_change_alias_replaces_targets(work: FakeAccountsUnitOfWork) -> None:
    changed = change_alias(work, SALES, [MIA, TARO])
    assert work.committed.alias(SALES) == changed
    assert changed.targets == (MIA, TARO)


def test_change_alias_refuses_a_loop_and_shows_the_chain(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    add_alias(work, clock, INFO, [SALES])
    add_alias(work, clock, at("top@home.test"), [MIA, INFO])
    before = work.committed.alias(SALES)
    with pytest.raises(Refused) as refused:
        change_alias(work, SALES, [TARO, at("top@home.test")])
    chain = "sales@home.test -> top@home.test -> info@shop.test -> sales@home.test"
    assert refused.value.message.endswith(chain)
    assert work.committed.alias(SALES) == before


def test_change_alias_that_is_none(work: FakeAccountsUnitOfWork) -> None:
    with pytest.raises(NotFound) as refused:
        change_alias(work, TARO, [MIA])
    assert "machiya mailbox show" in refused.value.hint


def test_show_alias_tells_where_mail_ends(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    add_alias(work, clock, INFO, [SALES, MIA])
    view = show_alias(work, INFO)
    assert (view.alias.targets, view.mailboxes) == ((SALES, MIA), (TARO, MIA))


def test_list_aliases_of_all_and_of_one_domain(work: FakeAccountsUnitOfWork) -> None:
    assert [alias.address for alias in list_aliases(work)] == [at("all@shop.test"), SALES]
    assert [alias.address for alias in list_aliases(work, DomainName("home.test"))] == [SALES]
    with pytest.raises(NotFound):
        list_aliases(work, DomainName("else.test"))


def test_remove_alias_takes_what_only_led_to_it_along(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    add_alias(work, clock, INFO, [SALES])
    add_alias(work, clock, at("both@home.test"), [INFO, MIA])
    plan = plan_alias_removal(work, SALES)
    assert (plan.references.aliases_removed, plan.references.aliases_changed) == ((INFO,), (at("both@home.test"),))
    assert work.committed.alias(SALES)
    assert remove_alias(work, SALES) == plan
    assert [alias.address for alias in list_aliases(work)] == [at("all@shop.test"), at("both@home.test")]
    assert show_alias(work, at("both@home.test")).alias.targets == (MIA,)


def test_remove_alias_of_a_tag_leaves_what_points_to_the_mailbox(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    add_alias(work, clock, at("taro+own@home.test"), [MIA])
    add_alias(work, clock, INFO, [at("taro+own@home.test"), at("taro+other@home.test")])
    remove_alias(work, at("taro+own@home.test"))
    assert show_alias(work, INFO).alias.targets == (at("taro+other@home.test"),)


def test_remove_alias_that_is_none(work: FakeAccountsUnitOfWork) -> None:
    for act in (remove_alias, plan_alias_removal):
        with pytest.raises(NotFound):
            act(work, at("no@home.test"))
