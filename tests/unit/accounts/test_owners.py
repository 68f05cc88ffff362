from dataclasses import dataclass, field

import pytest

from fakes.accounts import FakeAccountsUnitOfWork, FakePasswordHasher, FakeSessions
from machiya.accounts.app_passwords import add_app_password
from machiya.accounts.mailboxes import change_mailbox
from machiya.accounts.owners import change_own_password, verify_owner
from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import Conflict, InvalidInput, Unauthorized

OLD, NEW = "correct horse", "battery staple"
TARO, NOBODY = EmailAddress.parse("taro@home.test"), EmailAddress.parse("nobody@home.test")


@dataclass
class CountingHasher(FakePasswordHasher):
    """What was verified against."""

    verified: list[str] = field(default_factory=list)

    def verify(self, stored: str, password: str) -> bool:
        self.verified.append(stored)
        return super().verify(stored, password)


@pytest.fixture
def taro(work: FakeAccountsUnitOfWork, hasher: FakePasswordHasher) -> EmailAddress:
    change_mailbox(work, hasher, TARO, password=OLD)
    return TARO


def test_owner_is_who_knows_the_password_of_the_mailbox(
    work: FakeAccountsUnitOfWork, hasher: FakePasswordHasher, clock: Clock, taro: EmailAddress
) -> None:
    device = add_app_password(work, clock, taro, "Phone").password
    assert verify_owner(work, hasher, taro, OLD)
    for wrong in (device, NEW, "", f"{OLD} "):
        assert not verify_owner(work, hasher, taro, wrong)
    change_mailbox(work, hasher, taro, app_passwords_required=True)
    assert verify_owner(work, hasher, taro, OLD)


def test_owner_of_nothing_or_of_a_disabled_mailbox_costs_the_same_and_is_none(
    work: FakeAccountsUnitOfWork, taro: EmailAddress
) -> None:
    hasher = CountingHasher()
    assert not verify_owner(work, hasher, NOBODY, OLD)
    change_mailbox(work, hasher, taro, enabled=False)
    assert not verify_owner(work, hasher, taro, OLD)
    assert not verify_owner(work, hasher, taro, "")
    assert hasher.verified == ["", "", ""]


def test_change_own_password_logs_out_and_counts_what_lives_on(
    work: FakeAccountsUnitOfWork, hasher: FakePasswordHasher, clock: Clock, taro: EmailAddress
) -> None:
    sessions = FakeSessions()
    add_app_password(work, clock, taro, "Phone")
    saved = change_own_password(work, hasher, taro, OLD, NEW, sessions=sessions)
    assert (saved.app_passwords, saved.open_sessions, sessions.ended) == (1, "", [taro])
    assert verify_owner(work, hasher, taro, NEW)
    assert not verify_owner(work, hasher, taro, OLD)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [("wrong", NEW, Unauthorized), ("", NEW, Unauthorized), (OLD, OLD, InvalidInput), (OLD, "short", InvalidInput)],
)
def test_change_own_password_refuses_and_leaves_all_as_it_was(
    work: FakeAccountsUnitOfWork,
    hasher: FakePasswordHasher,
    taro: EmailAddress,
    old: str,
    new: str,
    error: type[Exception],
) -> None:
    sessions = FakeSessions()
    with pytest.raises(error):
        change_own_password(work, hasher, taro, old, new, sessions=sessions)
    assert verify_owner(work, hasher, taro, OLD)
    assert sessions.ended == []


@pytest.mark.parametrize("meanwhile", [{"password": "somebody else's"}, {"enabled": False}])
def test_change_own_password_does_not_undo_what_somebody_else_did_meanwhile(
    work: FakeAccountsUnitOfWork, taro: EmailAddress, meanwhile: dict[str, object]
) -> None:
    class Interrupted(FakePasswordHasher):
        def hash(self, password: str) -> str:
            if password == NEW:
                change_mailbox(work, FakePasswordHasher(), taro, **meanwhile)  # type: ignore[arg-type]
            return super().hash(password)

    with pytest.raises(Conflict):
        change_own_password(work, Interrupted(), taro, OLD, NEW)
    assert not verify_owner(work, FakePasswordHasher(), taro, NEW)
