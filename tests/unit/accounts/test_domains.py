import pytest

from fakes.accounts import FakeAccountsUnitOfWork, FakeMailboxFiles
from machiya.accounts.domains import (
    add_domain,
    change_domain,
    list_domains,
    plan_domain_removal,
    remove_domain,
    show_domain,
)
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound, Refused, Unavailable

HOME, SHOP, NEW = DomainName("home.test"), DomainName("shop.test"), DomainName("new.test")


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


def test_add_domain_once(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    assert work.committed.domain(NEW) is None
    assert add_domain(work, clock, NEW) == work.committed.domain(NEW)
    with pytest.raises(AlreadyExists):
        add_domain(work, clock, NEW)


def test_list_domains_counts_addresses(work: FakeAccountsUnitOfWork) -> None:
    found = [(view.domain.name, view.mailboxes, view.aliases) for view in list_domains(work)]
    assert found == [(HOME, 2, 1), (SHOP, 0, 1)]
    assert show_domain(work, HOME) == list_domains(work)[0]


def test_show_domain_that_is_none(work: FakeAccountsUnitOfWork) -> None:
    with pytest.raises(NotFound):
        show_domain(work, NEW)


def test_change_domain_sets_and_ends_the_catch_all(work: FakeAccountsUnitOfWork) -> None:
    assert change_domain(work, HOME, catch_all=at("sales+x@home.test")).catch_all == at("sales+x@home.test")
    assert work.committed.domain(HOME) == show_domain(work, HOME).domain
    assert change_domain(work, HOME, catch_all=None).catch_all is None


@pytest.mark.parametrize(("catch_all", "error"), [("me@gmail.example", InvalidInput), ("nobody@home.test", NotFound)])
def test_change_domain_refuses_a_catch_all_that_is_not_here(
    work: FakeAccountsUnitOfWork, catch_all: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match="the catch-all"):
        change_domain(work, HOME, catch_all=at(catch_all))
    with pytest.raises(NotFound):
        change_domain(work, NEW, catch_all=None)
    assert work.commits == 0


def test_remove_domain_with_mailboxes_is_refused_without_force(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles
) -> None:
    with pytest.raises(Refused, match="2 mailboxes with 3 messages") as refused:
        remove_domain(work, files, HOME)
    assert "--force" in refused.value.hint
    assert (work.commits, files.retired) == (0, [])


def test_remove_domain_without_mailboxes_needs_no_force(work: FakeAccountsUnitOfWork, files: FakeMailboxFiles) -> None:
    done = remove_domain(work, files, SHOP)
    assert (done.mailboxes, done.aliases, done.retired_to) == ((), (at("all@shop.test"),), ())
    assert work.committed.domain(SHOP) is None
    assert work.committed.alias(at("all@shop.test")) is None


def test_remove_domain_by_force_cleans_other_domains_and_retires_mail(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles
) -> None:
    plan = plan_domain_removal(work, files, HOME, owner=at("taro@home.test"))
    assert (plan.mailboxes, plan.aliases) == ((at("mia@home.test"), at("taro@home.test")), (at("sales@home.test"),))
    assert (plan.message_count, plan.mail_bytes, plan.owner_lives_here) == (3, 4096, True)
    assert plan.references.aliases_removed == (at("all@shop.test"),)
    assert plan.references.catch_alls == (SHOP,)
    assert (work.commits, files.retired) == (0, [])
    done = remove_domain(work, files, HOME, force=True)
    assert done.references == plan.references
    assert [str(place) for place in done.retired_to] == ["/retired/taro@home.test"]
    accounts = work.committed
    assert (accounts.mailboxes(), accounts.aliases()) == ((), ())
    assert [(domain.name, domain.catch_all) for domain in accounts.domains()] == [(SHOP, None)]


def test_remove_domain_keeps_mail_that_cannot_be_moved_and_moves_the_rest(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles
) -> None:
    mia, taro = at("mia@home.test"), at("taro@home.test")
    files.held[mia] = (1, 1)
    files.stuck = {mia}
    with pytest.raises(Unavailable):
        remove_domain(work, files, HOME, force=True)
    assert (list(files.held), files.retired) == ([mia], [taro])
    assert [box.enabled for box in work.committed.mailboxes(HOME)] == [False, False]
    files.stuck = set()
    assert [str(place) for place in remove_domain(work, files, HOME, force=True).retired_to] == [
        "/retired/mia@home.test",
        "/retired/taro@home.test",
    ]
    assert work.committed.domain(HOME) is None


def test_remove_domain_that_is_none(work: FakeAccountsUnitOfWork, files: FakeMailboxFiles) -> None:
    with pytest.raises(NotFound):
        remove_domain(work, files, NEW, force=True)
