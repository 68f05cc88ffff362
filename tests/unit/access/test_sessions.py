from datetime import timedelta

import pytest

from fakes.access import ALICE, YOU
from fakes.access_room import PASSWORD, Place
from machiya.access.model import Permission, Role
from machiya.access.sessions import ABSOLUTE, FRESH, IDLE, MOST_SESSIONS, PasswordNeeded
from machiya.core.errors import NotFound, Unauthorized

SECOND = timedelta(seconds=1)


def test_find_knows_who_is_logged_in_and_as_what(place: Place) -> None:
    made = place.log_in(user_agent="Firefox\r\nX: y")
    found = place.access.find_session(made.token)
    assert found == made.session
    assert (found.who, found.role, found.client_address) == (ALICE, Role.OWNER, "10.0.0.1")
    assert found.user_agent == "Firefox  X: y"
    assert found.may(Permission.ADMINISTRATORS)


def test_a_mailbox_owner_has_no_permission_over_the_house(place: Place) -> None:
    found = place.access.find_session(place.log_in("You@Home.test").token)
    assert found is not None
    assert (found.who, found.role) == (YOU, None)
    assert not any(found.may(permission) for permission in Permission)


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "\ud800", "\0", "' OR 1=1 --"])
def test_find_knows_no_other_token(place: Place, token: str) -> None:
    place.log_in()
    assert place.access.find_session(token) is None


def test_only_a_hash_of_the_token_is_stored(place: Place) -> None:
    made = place.log_in()
    assert made.token not in repr(place.database.rows)
    assert made.token not in repr(made)
    assert place.access.find_session(made.session.token_hash) is None
    assert len(made.token) == 43


def test_a_session_ends_when_nobody_uses_it(place: Place) -> None:
    made = place.log_in()
    place.clock.moment += IDLE - SECOND
    assert place.access.find_session(made.token) is not None
    place.clock.moment += IDLE - SECOND
    assert place.access.find_session(made.token) is not None
    place.clock.moment += IDLE
    assert place.access.find_session(made.token) is None


def test_a_session_ends_in_the_end_however_much_it_is_used(place: Place) -> None:
    made = place.log_in()
    end = place.clock.moment + ABSOLUTE
    while place.clock.moment < end:
        assert place.access.find_session(made.token) is not None
        place.clock.moment += IDLE / 2
    assert place.access.find_session(made.token) is None


def test_being_seen_is_written_once_a_minute(place: Place) -> None:
    made = place.log_in()
    place.clock.moment += timedelta(seconds=59)
    place.access.find_session(made.token)
    assert place.database.rows.sessions[made.session.id].last_seen_at == made.session.last_seen_at
    place.clock.moment += SECOND
    place.access.find_session(made.token)
    assert place.database.rows.sessions[made.session.id].last_seen_at == place.clock.moment


def test_a_log_in_ends_the_session_that_the_browser_brought(place: Place) -> None:
    planted = place.log_in("you@home.test")
    made = place.log_in(previous_token=planted.token)
    assert made.token != planted.token
    assert place.access.find_session(planted.token) is None
    assert place.access.find_session(made.token) is not None


def test_a_new_role_holds_at_once(place: Place) -> None:
    place.add("bob", Role.ADMINISTRATOR)
    made = place.log_in("bob")
    place.access.administrators.change_role("bob", Role.VIEWER, by="administrator:alice")
    found = place.access.find_session(made.token)
    assert found is not None
    assert not found.may(Permission.MAILBOXES)


def test_sessions_of_a_disabled_or_removed_administrator_are_over(place: Place) -> None:
    place.add("bob", Role.VIEWER)
    for act in (place.access.administrators.disable, place.access.administrators.remove):
        place.access.administrators.enable("bob", by="cli:root")
        made = place.log_in("bob")
        act("bob", by="cli:root")
        assert place.access.find_session(made.token) is None


def test_sessions_of_before_do_not_come_back_with_the_account(place: Place) -> None:
    place.add("bob", Role.VIEWER)
    made = place.log_in("bob")
    place.access.administrators.disable("bob", by="cli:root")
    place.access.administrators.enable("bob", by="cli:root")
    assert place.access.find_session(made.token) is None


@pytest.mark.parametrize("stored", ["", "{ARGON2ID}fake$other"])
def test_sessions_of_a_mailbox_end_with_its_password(place: Place, stored: str) -> None:
    made = place.log_in("you@home.test")
    place.owners.passwords["you@home.test"] = stored
    assert place.access.find_session(made.token) is None


def test_renew_keeps_the_session_of_a_mailbox_over_its_new_password(place: Place) -> None:
    made = place.log_in("you@home.test")
    place.owners.passwords["you@home.test"] = place.hasher.hash("another password")
    renewed = place.access.sessions.renew(made.session)
    assert place.access.find_session(made.token) is None
    found = place.access.find_session(renewed.token)
    assert found is not None
    assert found.id == made.session.id


def test_renew_of_a_session_that_is_over_is_refused(place: Place) -> None:
    made = place.log_in()
    place.access.log_out(made.token)
    with pytest.raises(Unauthorized):
        place.access.sessions.renew(made.session)


def test_list_shows_what_is_not_over(place: Place) -> None:
    old, new = place.log_in(), None
    place.clock.moment += IDLE
    new = place.log_in()
    assert [one.id for one in place.access.sessions.list(ALICE)] == [new.session.id]
    assert old.session.id not in place.database.rows.sessions


def test_nobody_has_more_than_so_many_sessions(place: Place) -> None:
    made = []
    for _ in range(MOST_SESSIONS + 3):
        place.clock.moment += SECOND
        made.append(place.log_in())
    assert [place.access.find_session(one.token) is not None for one in made] == [False] * 3 + [True] * MOST_SESSIONS


def test_end_ends_one_session_of_its_owner_only(place: Place) -> None:
    mine, yours = place.log_in(), place.log_in("you@home.test")
    with pytest.raises(NotFound):
        place.access.sessions.end(yours.session.id, who=ALICE, by=str(ALICE))
    assert place.access.find_session(yours.token) is not None
    place.access.sessions.end(mine.session.id, who=ALICE, by=str(ALICE))
    assert place.access.find_session(mine.token) is None
    assert place.database.actions[-1] == "session.end"


def test_end_all_can_leave_the_one_that_asks(place: Place) -> None:
    made = [place.log_in() for _ in range(3)]
    yours = place.log_in("you@home.test")
    assert place.access.sessions.end_all(ALICE, by=str(ALICE), but=made[1].session) == 2
    assert [place.access.find_session(one.token) is not None for one in made] == [False, True, False]
    assert place.access.find_session(yours.token) is not None


def test_log_out_ends_the_session_and_may_be_repeated(place: Place) -> None:
    made = place.log_in()
    place.access.log_out(made.token)
    place.access.log_out(made.token)
    assert place.access.find_session(made.token) is None
    assert place.database.actions.count("session.log_out") == 1


def test_a_dangerous_act_asks_for_the_password_after_ten_minutes(place: Place) -> None:
    made = place.log_in()
    place.access.sessions.require_fresh(made.session)
    place.clock.moment += FRESH + SECOND
    with pytest.raises(PasswordNeeded):
        place.access.sessions.require_fresh(made.session)
    again = place.access.login.reauthenticate(made.session, PASSWORD, client_address="10.0.0.1")
    place.access.sessions.require_fresh(again.session)
    assert place.access.find_session(made.token) is None
    found = place.access.find_session(again.token)
    assert found is not None
    assert place.access.sessions.is_fresh(found)
