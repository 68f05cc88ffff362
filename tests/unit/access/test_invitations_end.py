"""A link is good no longer than the right of whoever made it, and no longer than what it was made for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.access import AccessDatabase
from fakes.access_room import HERE, PASSWORD, Place
from machiya.access.invitations import InvitationOver, Invited
from machiya.access.model import Role

ALICE, BOB = "administrator:alice", "administrator:bob"
LOSES_THE_RIGHT: dict[str, Callable[[Place], object]] = {
    "administrator.disable": lambda place: place.access.administrators.disable("bob", by=ALICE),
    "administrator.remove": lambda place: place.access.administrators.remove("bob", by=ALICE),
    "administrator.role": lambda place: place.access.administrators.change_role("bob", Role.ADMINISTRATOR, by=ALICE),
}
Act = Callable[[Place], object]
losing = pytest.mark.parametrize(("action", "act"), LOSES_THE_RIGHT.items(), ids=LOSES_THE_RIGHT)


@pytest.fixture
def place(place: Place) -> Place:
    """Two owners, alice and bob."""
    place.add("bob", Role.OWNER)
    return place


def is_good(place: Place, invited: Invited) -> bool:
    """Whether the page of the link opens."""
    try:
        place.access.administrators.invitation(invited.token)
    except InvitationOver:
        return False
    return True


def written(database: AccessDatabase, action: str) -> list[tuple[str, str, dict[str, str]]]:
    """Actor, target and details of every such entry."""
    entries = (entry for _, entry in sorted(database.rows.entries.items()))
    return [(entry.actor, entry.target, dict(entry.facts)) for entry in entries if entry.action == action]


@losing
def test_links_end_when_their_inviter_may_invite_no_more(place: Place, action: str, act: Act) -> None:
    administrators = place.access.administrators
    new, again = administrators.invite("carol", Role.OWNER, by=BOB), administrators.invite_again("alice", by=BOB)
    mine, shell = (
        administrators.invite("dora", Role.OWNER, by=ALICE),
        administrators.invite("erin", Role.OWNER, by="cli:bob"),
    )
    assert [is_good(place, one) for one in (new, again, mine, shell)] == [True] * 4
    act(place)
    assert [is_good(place, one) for one in (new, again, mine, shell)] == [False, False, True, True]
    for one in (new, again):
        with pytest.raises(InvitationOver):
            administrators.accept(one.token, PASSWORD)
    details = {"reason": action, "invited_by": BOB}
    ended = written(place.database, "administrator.withdraw_invitation")
    assert ended == [(ALICE, ALICE, details), (ALICE, "administrator:carol", details)]
    assert written(place.database, action)[-1][1] == BOB


@losing
def test_links_do_not_come_back_with_the_right(place: Place, action: str, act: Act) -> None:
    del action
    invited = place.access.administrators.invite("carol", Role.OWNER, by=BOB)
    act(place)
    if "bob" in place.database.rows.administrators:
        place.access.administrators.enable("bob", by=ALICE)
        place.access.administrators.change_role("bob", Role.OWNER, by=ALICE)
    else:
        place.add("bob", Role.OWNER)
    assert not is_good(place, invited)


def test_an_owner_who_stays_owner_keeps_the_links(place: Place) -> None:
    invited = place.access.administrators.invite("carol", Role.VIEWER, by=BOB)
    place.access.administrators.change_role("bob", Role.OWNER, by=ALICE)
    place.access.administrators.accept(invited.token, PASSWORD)


def test_a_link_that_is_over_already_ends_without_an_entry(place: Place) -> None:
    place.access.administrators.invite("carol", Role.VIEWER, by=BOB)
    place.clock.move(hours=24)
    place.access.administrators.disable("bob", by=ALICE)
    assert place.database.rows.invitations == {}
    assert written(place.database, "administrator.withdraw_invitation") == []


@pytest.mark.parametrize("inviter", ["", "administrator:", "administrator:nobody", "mailbox:you@home.test", "unknown"])
def test_a_link_of_nobody_who_may_invite_opens_nothing(place: Place, inviter: str) -> None:
    invited = place.access.administrators.invite("carol", Role.OWNER, by=inviter)
    assert not is_good(place, invited)
    assert place.access.administrators.invitations() == ()
    with pytest.raises(InvitationOver):
        place.access.administrators.accept(invited.token, PASSWORD)
    assert place.database.rows.invitations.keys() == {"carol"}


@pytest.mark.parametrize("changes", [{"enabled": False}, {"role": Role.ADMINISTRATOR}, {"role": Role.VIEWER}])
def test_a_link_left_over_from_before_opens_nothing(place: Place, changes: dict[str, object]) -> None:
    """As a version of Machiya that ended no links with their inviter left it."""
    invited = place.access.administrators.invite("carol", Role.OWNER, by=BOB)
    rows = place.database.rows
    rows.administrators["bob"] = replace(rows.administrators["bob"], **changes)  # type: ignore[arg-type]
    assert not is_good(place, invited)
    with pytest.raises(InvitationOver):
        place.access.administrators.accept(invited.token, PASSWORD)


def test_a_link_is_looked_at_again_after_the_slow_hash(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    invited, hashed = place.access.administrators.invite("carol", Role.OWNER, by=BOB), place.hasher.hash

    def meanwhile(password: str) -> str:
        place.access.administrators.disable("bob", by=ALICE)
        return hashed(password)

    monkeypatch.setattr(place.hasher, "hash", meanwhile)
    with pytest.raises(InvitationOver):
        place.access.administrators.accept(invited.token, PASSWORD)
    assert "carol" not in place.database.rows.administrators


def test_a_link_for_a_new_password_ends_with_a_password_of_ones_own(place: Place) -> None:
    administrators, made = place.access.administrators, place.log_in()
    mine, bobs = administrators.invite_again("alice", by=BOB), administrators.invite_again("bob", by=ALICE)
    guest = administrators.invite("carol", Role.VIEWER, by=ALICE)
    place.access.login.change_password(made.session, PASSWORD, "another password", client_address=HERE)
    with pytest.raises(InvitationOver):
        administrators.accept(mine.token, "the password of a thief")
    place.log_in(password="another password")
    assert [is_good(place, one) for one in (bobs, guest)] == [True, True]
    ended = written(place.database, "administrator.withdraw_invitation")
    assert ended == [(ALICE, ALICE, {"reason": "password.change", "invited_by": BOB})]


def test_a_link_for_a_new_password_does_not_undo_a_role(place: Place) -> None:
    administrators = place.access.administrators
    invited = administrators.invite_again("bob", by=ALICE)
    administrators.change_role("bob", Role.VIEWER, by=ALICE)
    assert administrators.accept(invited.token, "bobs other password").role is Role.VIEWER
    assert place.log_in("bob", "bobs other password").session.role is Role.VIEWER


@pytest.mark.parametrize("action", ["administrator.disable", "administrator.remove"])
def test_a_link_for_somebody_ends_with_the_account(place: Place, action: str) -> None:
    invited = place.access.administrators.invite_again("bob", by="cli:root")
    LOSES_THE_RIGHT[action](place)
    assert not is_good(place, invited)
    ended = written(place.database, "administrator.withdraw_invitation")
    assert ended == [(ALICE, BOB, {"reason": action, "invited_by": "cli:root"})]
