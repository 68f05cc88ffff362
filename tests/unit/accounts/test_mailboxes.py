import pytest

from fakes.accounts import FakeAccountsUnitOfWork, FakeMailboxFiles, FakePasswordHasher, FakeSessions, FakeWebmail
from machiya.accounts.domains import remove_domain
from machiya.accounts.mailboxes import (
    add_mailbox,
    change_mailbox,
    list_mailboxes,
    plan_mailbox_removal,
    remove_mailbox,
    show_mailbox,
)
from machiya.accounts.passwords import check_password
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound, Refused, Unavailable

PASSWORD = "correct horse"


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


TARO, MIA, NEW = at("taro@home.test"), at("mia@home.test"), at("new@home.test")


def test_add_mailbox_keeps_a_hash_only(work: FakeAccountsUnitOfWork, clock: Clock, hasher: FakePasswordHasher) -> None:
    saved = add_mailbox(work, clock, hasher, NEW, password=PASSWORD, quota_bytes=5)
    assert work.committed.mailbox(NEW) == saved.mailbox
    assert (saved.mailbox.quota_bytes, saved.mailbox.enabled, saved.mailbox.created_at) == (5, True, clock.now())
    assert hasher.verify(saved.mailbox.password, PASSWORD)
    assert saved.generated_password is None


def test_add_mailbox_generates_a_password_and_shows_it_nowhere_else(
    work: FakeAccountsUnitOfWork, clock: Clock, hasher: FakePasswordHasher
) -> None:
    saved = add_mailbox(work, clock, hasher, NEW)
    assert saved.generated_password is not None
    check_password(saved.generated_password)
    assert hasher.verify(saved.mailbox.password, saved.generated_password)
    assert saved.generated_password not in repr(saved)
    assert saved.mailbox.password not in repr(saved)


@pytest.mark.parametrize("password", ["", "short", "with\0 a nul byte"])
def test_add_mailbox_refuses_a_bad_password(
    work: FakeAccountsUnitOfWork, clock: Clock, hasher: FakePasswordHasher, password: str
) -> None:
    with pytest.raises(InvalidInput):
        add_mailbox(work, clock, hasher, NEW, password=password)
    assert work.commits == 0


@pytest.mark.parametrize(
    "address", ["a+b@home.test", "ünal@home.test", '"a b"@home.test', "a/b@home.test", "-a@home.test", "a%b@home.test"]
)
def test_add_mailbox_refuses_a_name_that_is_no_folder(
    work: FakeAccountsUnitOfWork, clock: Clock, hasher: FakePasswordHasher, address: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_mailbox(work, clock, hasher, at(address), password=PASSWORD)
    assert refused.value.hint


@pytest.mark.parametrize("address", ["o'neil@home.test", "a.b-c_d@home.test", "7@home.test", "x=y@home.test"])
def test_add_mailbox_takes_usual_names(
    work: FakeAccountsUnitOfWork, clock: Clock, hasher: FakePasswordHasher, address: str
) -> None:
    add_mailbox(work, clock, hasher, at(address), password=PASSWORD)
    assert work.committed.mailbox(at(address))


def test_add_mailbox_says_which_domain_to_add_first(
    work: FakeAccountsUnitOfWork, clock: Clock, hasher: FakePasswordHasher
) -> None:
    with pytest.raises(NotFound) as refused:
        add_mailbox(work, clock, hasher, at("a@else.test"), password=PASSWORD)
    assert refused.value.hint == "Add it first: machiya domain add else.test"


@pytest.mark.parametrize(("taken", "kind"), [(TARO, "a mailbox"), (at("sales@home.test"), "an alias")])
def test_add_mailbox_refuses_a_taken_address(
    work: FakeAccountsUnitOfWork, clock: Clock, hasher: FakePasswordHasher, taken: EmailAddress, kind: str
) -> None:
    with pytest.raises(AlreadyExists, match=f"{taken} is {kind} already"):
        add_mailbox(work, clock, hasher, taken, password=PASSWORD)


def test_add_mailbox_refuses_a_negative_quota(
    work: FakeAccountsUnitOfWork, clock: Clock, hasher: FakePasswordHasher
) -> None:
    with pytest.raises(InvalidInput, match="quota"):
        add_mailbox(work, clock, hasher, NEW, password=PASSWORD, quota_bytes=-1)


def test_list_mailboxes_of_all_and_of_one_domain(work: FakeAccountsUnitOfWork) -> None:
    assert [box.address for box in list_mailboxes(work)] == [MIA, TARO]
    assert list_mailboxes(work, DomainName("shop.test")) == ()
    with pytest.raises(NotFound):
        list_mailboxes(work, DomainName("else.test"))


def test_show_mailbox_tells_what_leads_to_it_and_what_it_holds(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles
) -> None:
    view = show_mailbox(work, files, TARO)
    assert view.mailbox.address == TARO
    assert view.aliases == (at("all@shop.test"), at("sales@home.test"))
    assert view.catch_all_of == (DomainName("shop.test"),)
    assert (view.message_count, view.usage_bytes) == (3, 4096)


@pytest.mark.parametrize(("address", "hint"), [("sales@home.test", "alias show"), ("no@home.test", "mailbox list")])
def test_show_mailbox_that_is_none_says_where_to_look(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles, address: str, hint: str
) -> None:
    with pytest.raises(NotFound) as refused:
        show_mailbox(work, files, at(address))
    assert hint in refused.value.hint


def test_change_mailbox_changes_only_what_is_given(work: FakeAccountsUnitOfWork, hasher: FakePasswordHasher) -> None:
    before = work.committed.mailbox(TARO)
    assert before
    change_mailbox(work, hasher, TARO, quota_bytes=7)
    change_mailbox(work, hasher, TARO, enabled=False)
    after = work.committed.mailbox(TARO)
    assert after
    assert (after.quota_bytes, after.enabled, after.password) == (7, False, before.password)
    change_mailbox(work, hasher, TARO, password=PASSWORD, enabled=True)
    after = work.committed.mailbox(TARO)
    assert after
    assert (after.quota_bytes, after.enabled) == (7, True)
    assert hasher.verify(after.password, PASSWORD)


def test_change_mailbox_generates_on_request(work: FakeAccountsUnitOfWork, hasher: FakePasswordHasher) -> None:
    saved = change_mailbox(work, hasher, TARO, generate=True)
    assert saved.generated_password
    assert hasher.verify(saved.mailbox.password, saved.generated_password)
    with pytest.raises(InvalidInput, match="one should be generated"):
        change_mailbox(work, hasher, TARO, generate=True, password=PASSWORD)


def test_change_mailbox_refuses_what_add_refuses(work: FakeAccountsUnitOfWork, hasher: FakePasswordHasher) -> None:
    with pytest.raises(InvalidInput):
        change_mailbox(work, hasher, TARO, password="short")
    with pytest.raises(InvalidInput):
        change_mailbox(work, hasher, TARO, quota_bytes=-1)
    with pytest.raises(NotFound):
        change_mailbox(work, hasher, NEW, enabled=False)
    assert work.commits == 0


def test_plan_mailbox_removal_tells_all_and_changes_nothing(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles
) -> None:
    plan = plan_mailbox_removal(work, files, TARO, owner=at("taro+house@home.test"))
    assert plan.references.aliases_changed == (at("all@shop.test"),)
    assert plan.references.aliases_removed == (at("sales@home.test"),)
    assert plan.references.catch_alls == (DomainName("shop.test"),)
    assert (plan.is_owner, plan.message_count, plan.mail_bytes, plan.retired_to) == (True, 3, 4096, ())
    assert work.commits == 0
    assert files.retired == []


def test_remove_mailbox_does_what_the_plan_says_and_retires_the_mail(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles
) -> None:
    plan = plan_mailbox_removal(work, files, TARO)
    done = remove_mailbox(work, files, TARO)
    assert (done.references, done.message_count, done.is_owner) == (plan.references, 3, False)
    assert [str(place) for place in done.retired_to] == ["/retired/taro@home.test"]
    assert files.retired == [TARO]
    accounts = work.committed
    assert accounts.mailbox(TARO) is None
    assert [alias.address for alias in accounts.aliases()] == [at("all@shop.test")]
    assert accounts.aliases()[0].targets == (MIA,)
    assert all(domain.catch_all is None for domain in accounts.domains())


def test_remove_mailbox_that_nothing_points_to_has_no_references(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles, clock: Clock, hasher: FakePasswordHasher
) -> None:
    add_mailbox(work, clock, hasher, NEW)
    done = remove_mailbox(work, files, NEW)
    assert not done.references
    assert done.retired_to == ()


def test_remove_mailbox_keeps_the_mail_where_it_is_when_it_cannot_be_moved(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles
) -> None:
    files.stuck = {TARO}
    with pytest.raises(Unavailable):
        remove_mailbox(work, files, TARO)
    assert files.held[TARO] == (3, 4096)
    left = work.committed.mailbox(TARO)
    assert left is not None
    assert not left.enabled


def test_address_is_free_only_when_its_mail_is_put_aside(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles, clock: Clock, hasher: FakePasswordHasher
) -> None:
    files.stuck = {TARO}
    with pytest.raises(Unavailable):
        remove_mailbox(work, files, TARO)
    with pytest.raises(AlreadyExists):
        add_mailbox(work, clock, hasher, TARO)
    files.stuck = set()
    assert [str(place) for place in remove_mailbox(work, files, TARO).retired_to] == ["/retired/taro@home.test"]
    add_mailbox(work, clock, hasher, TARO)
    assert files.message_count(TARO) == 0


def test_nothing_is_removed_where_mail_cannot_be_moved(work: FakeAccountsUnitOfWork) -> None:
    fixed, taro = FakeMailboxFiles(fixed=True), at("taro@home.test")
    for attempt in (plan_mailbox_removal, remove_mailbox):
        with pytest.raises(Refused, match="cannot be moved"):
            attempt(work, fixed, taro)
    with pytest.raises(Refused, match="cannot be moved"):
        remove_domain(work, fixed, taro.domain, force=True)
    with work:
        assert work.accounts.mailbox(taro) is not None
        assert work.accounts.domain(taro.domain) is not None


def test_remove_mailbox_that_is_none_changes_nothing(work: FakeAccountsUnitOfWork, files: FakeMailboxFiles) -> None:
    with pytest.raises(NotFound):
        remove_mailbox(work, files, NEW)
    assert work.commits == 0


def test_change_of_password_and_disabling_log_out_the_rest_does_not(
    work: FakeAccountsUnitOfWork, hasher: FakePasswordHasher
) -> None:
    sessions = FakeSessions()
    change_mailbox(work, hasher, TARO, quota_bytes=7, enabled=True, sessions=sessions)
    assert sessions.ended == []
    change_mailbox(work, hasher, TARO, password=PASSWORD, sessions=sessions)
    change_mailbox(work, hasher, TARO, enabled=False, sessions=sessions)
    change_mailbox(work, hasher, TARO, app_passwords_required=False, sessions=sessions)
    assert sessions.ended == [TARO, TARO]
    change_mailbox(work, hasher, TARO, app_passwords_required=True, sessions=sessions)
    assert sessions.ended == [TARO, TARO, TARO]


def test_change_is_made_and_says_so_when_nobody_could_be_logged_out(
    work: FakeAccountsUnitOfWork, hasher: FakePasswordHasher, files: FakeMailboxFiles
) -> None:
    saved = change_mailbox(work, hasher, TARO, generate=True, sessions=FakeSessions(ill=True))
    assert saved.open_sessions == "nobody answers"
    assert saved.generated_password
    done = remove_mailbox(work, files, TARO, sessions=FakeSessions(ill=True))
    assert done.open_sessions == "nobody answers"
    assert done.retired_to


def test_remove_logs_out(work: FakeAccountsUnitOfWork, files: FakeMailboxFiles) -> None:
    sessions = FakeSessions()
    assert remove_mailbox(work, files, TARO, sessions=sessions).open_sessions == ""
    assert sessions.ended == [TARO]


def test_webmail_forgets_the_owner_of_a_removed_mailbox(work: FakeAccountsUnitOfWork, files: FakeMailboxFiles) -> None:
    webmail = FakeWebmail()
    remove_mailbox(work, files, TARO, webmail=webmail)
    assert webmail.forgotten == [TARO]
    remove_domain(work, files, TARO.domain, force=True, webmail=webmail)
    assert webmail.forgotten == [TARO, MIA]


def test_nothing_is_removed_while_webmail_does_not_forget(
    work: FakeAccountsUnitOfWork, files: FakeMailboxFiles
) -> None:
    ill, sessions = FakeWebmail(ill=True), FakeSessions()
    with pytest.raises(Unavailable):
        remove_mailbox(work, files, TARO, webmail=ill, sessions=sessions)
    with pytest.raises(Unavailable):
        remove_domain(work, files, TARO.domain, force=True, webmail=ill, sessions=sessions)
    assert (work.commits, files.retired, sessions.ended) == (0, [], [])
    assert work.committed.mailbox(TARO) is not None
