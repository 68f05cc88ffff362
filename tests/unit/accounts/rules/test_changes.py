"""Vacation, forwarding and filters of a mailbox, as their owner changes them."""

from datetime import UTC, date, datetime

import pytest

from fakes.accounts import FakeAccountsUnitOfWork
from machiya.accounts.model import Alias, Domain, Mailbox
from machiya.accounts.rules.changes import MailboxRules
from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Rules, RulesSaved, Vacation
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import InvalidInput, NotFound, Refused

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text if "@" in text else f"{text}@home.test")


A, B, C, OUT = at("a"), at("b"), at("c"), at("a@out.test")
ON = (Condition(Field.SUBJECT, Comparison.CONTAINS, "x"),)


@pytest.fixture
def work() -> FakeAccountsUnitOfWork:
    """Mailboxes a, b, c and d (disabled); mine -> a; team -> a, b; bees -> b."""
    made = FakeAccountsUnitOfWork()
    with made:
        made.accounts.save_domain(Domain(DomainName("home.test"), NOON))
        for name in "abcd":
            made.accounts.save_mailbox(Mailbox(at(name), NOON, enabled=name != "d"))
        for name, targets in {"mine": "a", "team": "ab", "bees": "b"}.items():
            made.accounts.save_alias(Alias(at(name), tuple(map(at, targets)), NOON))
        made.commit()
    return made


@pytest.fixture
def rules(work: FakeAccountsUnitOfWork) -> MailboxRules:
    return MailboxRules(work, carried_out=True)


def forward(rules: MailboxRules, start: EmailAddress, *targets: EmailAddress, keep_copy: bool = True) -> RulesSaved:
    return rules.set_forwarding(start, Forwarding(targets, keep_copy))


def codes(saved: RulesSaved) -> list[str]:
    return [one.code for one in saved.warnings]


def script(work: FakeAccountsUnitOfWork, address: EmailAddress) -> str:
    return next((one.script for one in work.committed.scripts if one.login == address), "")


def test_each_kind_is_kept_beside_the_others_and_removed_alone(rules: MailboxRules) -> None:
    assert rules.show(A) == Rules(A)
    rules.set_vacation(A, Vacation("away", first_day=date(2026, 8, 1)))
    rules.set_filters(A, [Filter("f", ON, folder="x")])
    forward(rules, A, OUT)
    found = rules.show(A)
    assert found.vacation
    assert found.vacation.starts_at == datetime(2026, 8, 1, tzinfo=UTC)
    assert found.forwarding == Forwarding((OUT,))
    assert [one.name for one in found.filters] == ["f"]
    assert rules.set_vacation(A, None).rules == Rules(A, None, found.forwarding, found.filters)
    rules.set_forwarding(A, None)
    rules.set_filters(A, [])
    assert rules.show(A) == Rules(A)


def test_change_is_published_with_its_commit_and_gone_with_the_rules(
    rules: MailboxRules, work: FakeAccountsUnitOfWork
) -> None:
    rules.set_vacation(A, Vacation("away"))
    assert "away" in script(work, A)
    rules.set_vacation(A, None)
    assert work.committed.scripts == ()


def test_vacation_answers_for_the_addresses_that_are_the_persons_alone(
    rules: MailboxRules, work: FakeAccountsUnitOfWork
) -> None:
    rules.set_vacation(A, Vacation("away"))
    assert ':addresses ["a@home.test", "mine@home.test"]' in script(work, A)
    with work:
        work.accounts.save_alias(Alias(at("late"), (A,), NOON))
        work.commit()
    assert ':addresses ["a@home.test", "late@home.test", "mine@home.test"]' in script(work, A)


def test_rules_go_with_their_mailbox(rules: MailboxRules, work: FakeAccountsUnitOfWork) -> None:
    rules.set_vacation(A, Vacation("away"))
    with work:
        work.accounts.remove_mailbox(A)
        work.commit()
    assert work.committed.scripts == ()
    with pytest.raises(NotFound):
        rules.show(A)


@pytest.mark.parametrize("target", [A, at("mine"), at("team"), at("a+tag")])
@pytest.mark.parametrize("keep_copy", [True, False])
def test_forwarding_to_oneself_is_refused_whatever_the_name(
    rules: MailboxRules, target: EmailAddress, *, keep_copy: bool
) -> None:
    with pytest.raises(Refused, match="forward to itself"):
        forward(rules, A, target, keep_copy=keep_copy)
    with pytest.raises(Refused, match="forward to itself"):
        rules.set_filters(A, [Filter("f", ON, forward_to=(target,))])
    assert rules.show(A) == Rules(A)


def test_round_where_nobody_keeps_a_copy_is_refused(rules: MailboxRules) -> None:
    forward(rules, B, C, keep_copy=False)
    forward(rules, C, at("mine"), keep_copy=False)
    with pytest.raises(Refused, match=r"a@home\.test → b@home\.test → c@home\.test → a@home\.test"):
        forward(rules, A, at("bees"), keep_copy=False)
    assert codes(forward(rules, A, at("bees"))) == ["loop"]


def test_round_where_somebody_keeps_a_copy_is_told(rules: MailboxRules) -> None:
    forward(rules, B, A)
    saved = forward(rules, A, B, keep_copy=False)
    assert codes(saved) == ["loop", "no_copy_left"]
    assert saved.warnings[0].address == B
    assert codes(rules.set_filters(A, [Filter("f", ON, forward_to=(B,))])) == ["loop"]


def test_round_of_others_is_not_this_ones_business(rules: MailboxRules) -> None:
    forward(rules, B, C)
    forward(rules, C, B)
    assert codes(forward(rules, A, B)) == []


def test_forwarding_that_is_switched_off_leads_nowhere(rules: MailboxRules) -> None:
    rules.set_forwarding(B, Forwarding((A,), keep_copy=False, enabled=False))
    assert codes(forward(rules, A, B)) == []
    assert codes(rules.set_forwarding(A, Forwarding((A,), enabled=False))) == []


def test_what_may_not_be_meant_is_told(rules: MailboxRules) -> None:
    assert codes(forward(rules, A, OUT, at("d"), keep_copy=False)) == ["outside", "disabled", "no_copy_left"]


def test_target_in_this_house_must_be_there(rules: MailboxRules) -> None:
    with pytest.raises(NotFound):
        forward(rules, A, at("nobody"))


def test_refused_change_changes_nothing(rules: MailboxRules, work: FakeAccountsUnitOfWork) -> None:
    before = work.commits
    with pytest.raises(InvalidInput):
        forward(rules, A, *(at(f"t{number}@out.test") for number in range(11)))
    assert work.commits == before


def test_house_without_dovecot_says_so_and_still_shows(work: FakeAccountsUnitOfWork) -> None:
    embedded = MailboxRules(work, carried_out=False)
    assert embedded.show(A) == Rules(A)
    with pytest.raises(Refused, match="no Dovecot"):
        embedded.set_vacation(A, Vacation("away"))
    with pytest.raises(Refused, match="no Dovecot"):
        embedded.set_forwarding(A, None)
    with pytest.raises(Refused, match="no Dovecot"):
        embedded.set_filters(A, [])
