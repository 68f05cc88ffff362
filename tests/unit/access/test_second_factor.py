import pytest

from fakes.access import ALICE, YOU
from fakes.access_room import Place
from machiya.access.model import Who
from machiya.access.second_factor import FactorState
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound


def test_it_is_on_only_after_a_code_proved_the_phone(place: Place) -> None:
    factors = place.access.second_factors
    begun = factors.begin(ALICE)
    assert begun.uri == "otpauth://totp/machiya.home.test:alice?secret=SECRET"
    assert factors.state(ALICE) == FactorState(on=False, recovery_codes_left=0)
    place.log_in()
    with pytest.raises(InvalidInput):
        factors.confirm(ALICE, "000000", by=str(ALICE))
    codes = factors.confirm(ALICE, place.code(), by=str(ALICE))
    assert len(set(codes)) == 10
    assert factors.state(ALICE) == FactorState(on=True, recovery_codes_left=10)
    assert [one.totp for one in place.access.administrators.list()] == [True]


def test_secret_and_codes_are_shown_nowhere_else(place: Place) -> None:
    begun = place.access.second_factors.begin(ALICE)
    codes = place.access.second_factors.confirm(ALICE, place.code(), by=str(ALICE))
    assert begun.secret not in repr(begun)
    for code in codes:
        assert code not in repr(place.database.rows)
        assert code.replace("-", "") not in repr(place.database.rows)


def test_begin_again_makes_another_secret_until_it_is_on(place: Place) -> None:
    place.access.second_factors.begin(ALICE)
    place.turn_on()
    with pytest.raises(AlreadyExists):
        place.access.second_factors.begin(ALICE)


def test_confirm_wants_something_begun(place: Place) -> None:
    with pytest.raises(NotFound):
        place.access.second_factors.confirm(ALICE, place.code(), by=str(ALICE))
    place.turn_on()
    with pytest.raises(NotFound):
        place.access.second_factors.confirm(ALICE, place.code(1), by=str(ALICE))


def test_new_recovery_codes_end_the_old(place: Place) -> None:
    with pytest.raises(NotFound):
        place.access.second_factors.new_recovery_codes(ALICE, by=str(ALICE))
    old = place.turn_on()
    new = place.access.second_factors.new_recovery_codes(ALICE, by=str(ALICE))
    assert not set(old) & set(new)
    with pytest.raises(Exception, match="code is wrong"):
        place.log_in(code=old[0])
    place.log_in(code=new[0])


def test_turn_off_lets_in_with_the_password_alone(place: Place) -> None:
    place.turn_on()
    assert place.access.second_factors.turn_off(ALICE, by="cli:root")
    assert not place.access.second_factors.turn_off(ALICE, by="cli:root")
    place.log_in()
    assert place.database.actions.count("second_factor.off") == 1


def test_a_mailbox_owner_has_one_too(place: Place) -> None:
    place.access.second_factors.begin(YOU)
    place.access.second_factors.confirm(YOU, place.code(), by=str(YOU))
    with pytest.raises(Exception, match="a code is needed"):
        place.log_in("you@home.test")
    place.log_in()
    place.clock.move(seconds=30)
    place.log_in("you@home.test", code=place.code())


@pytest.mark.parametrize(("who", "name"), [(ALICE, "alice"), (YOU, "you@home.test")])
def test_turning_it_on_ends_the_sessions_that_the_password_alone_opened(place: Place, who: Who, name: str) -> None:
    others, made = [place.log_in(name) for _ in range(2)], place.log_in(name)
    somebody = place.log_in("alice" if who == YOU else "you@home.test")
    place.access.second_factors.begin(who)
    with pytest.raises(InvalidInput):
        place.access.second_factors.confirm(who, "000000", by=str(who), but=made.session)
    assert all(place.access.find_session(one.token) for one in others)
    place.access.second_factors.confirm(who, place.code(), by=str(who), but=made.session)
    assert [place.access.find_session(one.token) for one in others] == [None, None]
    assert place.access.find_session(made.token) is not None
    assert place.access.find_session(somebody.token) is not None
    entry = place.database.rows.entries[place.database.rows.head.number]
    assert (entry.action, entry.target, entry.facts) == ("second_factor.on", str(who), {"sessions_ended": "2"})


def test_turning_it_on_elsewhere_leaves_no_session(place: Place) -> None:
    made = place.log_in()
    place.turn_on()
    assert place.access.find_session(made.token) is None


def test_new_recovery_codes_and_turning_it_off_end_no_session(place: Place) -> None:
    made = place.log_in()
    codes = place.turn_on(made.session)
    other = place.log_in(code=codes[0])
    place.access.second_factors.new_recovery_codes(ALICE, by=str(ALICE))
    place.access.second_factors.turn_off(ALICE, by="cli:root")
    assert place.access.find_session(made.token) is not None
    assert place.access.find_session(other.token) is not None
