from collections.abc import Callable

import pytest

from fakes.access import ALICE
from fakes.access_room import PASSWORD, Place
from machiya.access.administrators import LastOwner
from machiya.access.invitations import InvitationOver
from machiya.access.model import Role
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound


def test_an_invitation_works_once(place: Place) -> None:
    administrators = place.access.administrators
    invited = administrators.invite("bob", Role.OPERATOR, by="cli:root")
    assert administrators.invitation(invited.token).name == "bob"
    bob = administrators.accept(invited.token, "bobs long password")
    assert (bob.name, bob.role, bob.enabled) == ("bob", Role.OPERATOR, True)
    for act in (
        lambda: administrators.invitation(invited.token),
        lambda: administrators.accept(invited.token, PASSWORD),
    ):
        with pytest.raises(InvitationOver):
            act()
    place.log_in("bob", "bobs long password")
    assert place.database.actions[-3:-1] == ["administrator.invite", "administrator.accept"]


def test_only_a_hash_of_the_link_is_stored(place: Place) -> None:
    invited = place.access.administrators.invite("bob", Role.OPERATOR, by="cli:root")
    assert invited.token not in repr(place.database.rows)
    assert invited.token not in repr(invited)
    with pytest.raises(InvitationOver):
        place.access.administrators.accept(invited.invitation.token_hash, PASSWORD)


def test_an_invitation_ends_after_a_day(place: Place) -> None:
    administrators = place.access.administrators
    invited = administrators.invite("bob", Role.OPERATOR, by="cli:root")
    place.clock.move(hours=23, minutes=59)
    assert [one.name for one in administrators.invitations()] == ["bob"]
    place.clock.move(minutes=1)
    assert administrators.invitations() == ()
    with pytest.raises(InvitationOver):
        administrators.accept(invited.token, PASSWORD)
    administrators.invite("carol", Role.VIEWER, by="cli:root")
    assert set(place.database.rows.invitations) == {"carol"}


def test_a_second_invitation_ends_the_first_and_one_can_be_withdrawn(place: Place) -> None:
    administrators = place.access.administrators
    first = administrators.invite("bob", Role.OWNER, by="cli:root")
    second = administrators.invite("bob", Role.VIEWER, by="cli:root")
    with pytest.raises(InvitationOver):
        administrators.accept(first.token, PASSWORD)
    administrators.withdraw("bob", by="cli:root")
    with pytest.raises(InvitationOver):
        administrators.accept(second.token, PASSWORD)
    with pytest.raises(NotFound):
        administrators.withdraw("bob", by="cli:root")


@pytest.mark.parametrize("token", ["", "x", "\0", "x" * 1000])
def test_no_other_token_opens_anything_or_makes_the_house_work(place: Place, token: str) -> None:
    place.access.administrators.invite("bob", Role.OWNER, by="cli:root")
    with pytest.raises(InvitationOver):
        place.access.administrators.accept(token, PASSWORD)


def test_a_password_that_is_refused_leaves_the_link_good(place: Place) -> None:
    invited = place.access.administrators.invite("bob", Role.VIEWER, by="cli:root")
    with pytest.raises(InvalidInput):
        place.access.administrators.accept(invited.token, "short")
    place.access.administrators.accept(invited.token, PASSWORD)


def test_invite_refuses_strange_names_and_those_who_are_here(place: Place) -> None:
    for name, kind in [("Bob", InvalidInput), ("bob\r\n", InvalidInput), ("alice", AlreadyExists)]:
        with pytest.raises(kind):
            place.access.administrators.invite(name, Role.VIEWER, by="cli:root")
    assert place.access.administrators.invitations() == ()


def test_invite_again_gives_a_new_password_and_keeps_role_and_second_factor(place: Place) -> None:
    made = place.log_in()
    codes = place.turn_on(made.session)
    invited = place.access.administrators.invite_again("alice", by="cli:root")
    assert place.access.find_session(made.token) is not None
    place.access.administrators.accept(invited.token, "alices other password")
    assert place.access.find_session(made.token) is None
    assert place.log_in(password="alices other password", code=codes[0]).session.role is Role.OWNER
    with pytest.raises(NotFound):
        place.access.administrators.invite_again("bob", by="cli:root")


@pytest.mark.parametrize(
    "act",
    [
        lambda place: place.access.administrators.disable("alice", by="cli:root"),
        lambda place: place.access.administrators.remove("alice", by="cli:root"),
        lambda place: place.access.administrators.change_role("alice", Role.ADMINISTRATOR, by="cli:root"),
    ],
)
def test_the_last_owner_stays(place: Place, act: Callable[[Place], object]) -> None:
    place.add("bob", Role.OWNER)
    place.access.administrators.disable("bob", by="cli:root")
    place.access.administrators.invite("carol", Role.OWNER, by="cli:root")
    with pytest.raises(LastOwner):
        act(place)
    place.log_in()
    place.access.administrators.enable("bob", by="cli:root")
    act(place)


def test_an_owner_who_stays_owner_is_no_problem(place: Place) -> None:
    assert place.access.administrators.change_role("alice", Role.OWNER, by="cli:root").role is Role.OWNER


def test_enable_forgets_failed_log_ins(place: Place) -> None:
    for _ in range(10):
        with pytest.raises(Exception, match="wrong"):
            place.log_in(password="wrong")
    with pytest.raises(Exception, match="too many"):
        place.log_in()
    place.access.administrators.enable("alice", by="cli:root")
    place.log_in()


def test_remove_forgets_everything_but_the_audit_log(place: Place) -> None:
    place.add("bob", Role.OWNER)
    place.log_in()
    place.turn_on()
    place.access.administrators.invite_again("alice", by="cli:root")
    place.access.administrators.remove("alice", by="administrator:bob")
    rows = place.database.rows
    assert "alice" not in rows.administrators
    assert (rows.invitations, rows.sessions, rows.factors, rows.codes) == ({}, {}, {}, {})
    assert rows.entries[rows.head.number].target == str(ALICE)


@pytest.mark.parametrize("name", ["nobody", "Alice", ""])
def test_nobody_else_can_be_changed(place: Place, name: str) -> None:
    administrators = place.access.administrators
    for act in (administrators.disable, administrators.enable, administrators.remove):
        with pytest.raises(NotFound):
            act(name, by="cli:root")
    with pytest.raises(NotFound):
        administrators.change_role(name, Role.VIEWER, by="cli:root")
    with pytest.raises(NotFound):
        administrators.find(name)


def test_passwords_are_not_shown(place: Place) -> None:
    assert "fake$" not in repr(place.access.administrators.list())
