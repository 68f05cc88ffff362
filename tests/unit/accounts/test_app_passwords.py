import pytest

from fakes.accounts import FakeAccountsUnitOfWork, FakeSessions
from machiya.accounts.app_passwords import (
    MOST,
    add_app_password,
    digest_of,
    list_app_passwords,
    rename_app_password,
    revoke_app_password,
    revoke_app_passwords,
)
from machiya.accounts.model import LastUse
from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound, Refused


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


TARO, MIA, NOBODY = at("taro@home.test"), at("mia@home.test"), at("nobody@home.test")


def names(work: FakeAccountsUnitOfWork, address: EmailAddress = TARO) -> list[str]:
    return [one.name for one in list_app_passwords(work, address)]


def test_add_keeps_a_digest_only_and_shows_the_password_nowhere_else(
    work: FakeAccountsUnitOfWork, clock: Clock
) -> None:
    made = add_app_password(work, clock, TARO, " Phone ")
    [kept] = list_app_passwords(work, TARO)
    assert kept == made.app_password
    assert (kept.name, kept.mailbox, kept.created_at, kept.last_use) == ("Phone", TARO, clock.now(), None)
    assert kept.digest == digest_of(made.password)
    assert made.password not in repr(made)
    assert kept.digest not in repr(made)


def test_every_app_password_is_another_and_published_for_its_mailbox(
    work: FakeAccountsUnitOfWork, clock: Clock
) -> None:
    made = [add_app_password(work, clock, box, "Phone") for box in (TARO, MIA)]
    assert made[0].password != made[1].password
    published = {(one.login, one.digest) for one in work.committed.published().app_passwords}
    assert published == {(one.app_password.mailbox, digest_of(one.password)) for one in made}


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\0", "\ud800"])
def test_add_refuses_a_name_that_nobody_can_read(work: FakeAccountsUnitOfWork, clock: Clock, name: str) -> None:
    with pytest.raises(InvalidInput):
        add_app_password(work, clock, TARO, name)
    assert names(work) == []


def test_add_refuses_a_name_that_is_there_however_it_is_composed(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    add_app_password(work, clock, TARO, "Télé")
    with pytest.raises(AlreadyExists):
        add_app_password(work, clock, TARO, "Te\u0301le\u0301")
    add_app_password(work, clock, MIA, "Télé")


def test_add_refuses_without_a_mailbox_and_beyond_the_most(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    with pytest.raises(NotFound):
        add_app_password(work, clock, NOBODY, "Phone")
    for number in range(MOST):
        add_app_password(work, clock, TARO, f"Phone {number}")
    with pytest.raises(Refused):
        add_app_password(work, clock, TARO, "one too many")


def test_rename_keeps_everything_else(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    made = add_app_password(work, clock, TARO, "Phone").app_password
    add_app_password(work, clock, TARO, "Tablet")
    renamed = rename_app_password(work, TARO, made.id, "Old phone")
    assert (renamed.id, renamed.digest, renamed.name) == (made.id, made.digest, "Old phone")
    assert rename_app_password(work, TARO, "Old phone", "Old phone") == renamed
    with pytest.raises(AlreadyExists):
        rename_app_password(work, TARO, "Tablet", "Old phone")
    with pytest.raises(NotFound):
        rename_app_password(work, MIA, made.id, "Mine")


def test_revoke_ends_one_and_logs_out_every_program(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    sessions = FakeSessions()
    gone = add_app_password(work, clock, TARO, "Phone").app_password
    add_app_password(work, clock, TARO, "Tablet")
    done = revoke_app_password(work, TARO, "Phone", sessions=sessions)
    assert (done.revoked, done.open_sessions, sessions.ended) == ((gone,), "", [TARO])
    assert names(work) == ["Tablet"]
    with pytest.raises(NotFound, match="no app password 'Phone'"):
        revoke_app_password(work, TARO, "Phone", sessions=sessions)
    assert sessions.ended == [TARO]


def test_revoke_goes_by_id_before_name(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    wanted = add_app_password(work, clock, TARO, "Phone").app_password
    add_app_password(work, clock, TARO, wanted.id)
    assert revoke_app_password(work, TARO, wanted.id).revoked == (wanted,)


def test_revoke_of_another_mailbox_is_not_found(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    mine = add_app_password(work, clock, TARO, "Phone").app_password
    with pytest.raises(NotFound):
        revoke_app_password(work, MIA, mine.id)
    assert names(work) == ["Phone"]


def test_revoke_that_reaches_no_mail_server_is_done_and_says_so(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    add_app_password(work, clock, TARO, "Phone")
    done = revoke_app_password(work, TARO, "Phone", sessions=FakeSessions(ill=True))
    assert done.open_sessions == "nobody answers"
    assert names(work) == []


def test_revoke_all_ends_those_of_one_mailbox(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    sessions = FakeSessions()
    for box, name in ((TARO, "Phone"), (TARO, "Tablet"), (MIA, "Phone")):
        add_app_password(work, clock, box, name)
    assert len(revoke_app_passwords(work, TARO, sessions=sessions).revoked) == 2
    assert (names(work), names(work, MIA), sessions.ended) == ([], ["Phone"], [TARO])
    assert revoke_app_passwords(work, TARO, sessions=sessions).revoked == ()
    assert sessions.ended == [TARO]


def test_list_tells_the_last_use(work: FakeAccountsUnitOfWork, clock: Clock) -> None:
    made = add_app_password(work, clock, TARO, "Phone").app_password
    used = LastUse(clock.now(), "imap", "100.64.0.7")
    work.committed.uses[made.digest] = used
    assert [one.last_use for one in list_app_passwords(work, TARO)] == [used]
