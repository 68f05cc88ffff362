import pytest

from fakes.access import ALICE, YOU
from fakes.access_room import Place
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
