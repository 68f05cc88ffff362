from collections.abc import Callable
from functools import partial

import pytest

from fakes.access import ALICE
from fakes.access_room import HERE, PASSWORD, Place
from machiya.access.model import Role
from machiya.access.proof import SecondFactorNeeded, WrongCode, WrongLogIn
from machiya.access.throttle import ACCOUNT, CODE, TooManyAttempts
from machiya.core.errors import InvalidInput, MachiyaError, Unauthorized, Unavailable

CONTROLS = ["\r\nX: y", "\n", "\0", "\x1b[2J", "\u2028"]


def refused(act: Callable[[], object]) -> MachiyaError:
    with pytest.raises(MachiyaError) as caught:
        act()
    return caught.value


def test_log_in_by_name_or_address_in_any_case(place: Place) -> None:
    assert place.log_in("Alice").session.who == ALICE
    assert place.log_in(" you@HOME.test ").session.who.name == "you@home.test"
    assert place.database.actions[-2:] == ["log_in.succeeded"] * 2


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "wrong password"),
        ("nobody", PASSWORD),
        ("you@home.test", "wrong password"),
        ("nobody@home.test", PASSWORD),
        ("not an address@", PASSWORD),
        ("", PASSWORD),
        ("alice", ""),
        ("' OR ''='", "' OR ''='"),
        ("disabled", PASSWORD),
    ],
)
def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(place: Place, name: str, password: str) -> None:
    place.add("disabled", Role.VIEWER)
    place.access.administrators.disable("disabled", by="cli:root")
    place.hasher.verified.clear()
    error = refused(lambda: place.log_in(name, password))
    assert type(error) is WrongLogIn
    assert (error.message, error.code) == ("name or password is wrong", "wrong_log_in")
    assert len(place.hasher.verified) == 1
    assert place.database.actions[-1] == "log_in.failed"


def test_a_name_that_nobody_has_is_not_written_down(place: Place) -> None:
    refused(lambda: place.log_in("my-secret-password", "alice"))
    refused(lambda: place.log_in("alice", "wrong"))
    unknown, known = list(place.database.rows.entries.values())[-2:]
    assert "my-secret-password" not in repr(place.database.rows)
    assert (unknown.actor, unknown.target, known.actor, known.target) == (
        "unknown",
        "unknown",
        "unknown",
        "administrator:alice",
    )
    assert known.facts == {"client_address": HERE}


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("field", [0, 1, 2])
def test_control_characters_are_refused_before_anything_else(place: Place, field: int, control: str) -> None:
    values = ["alice", PASSWORD, "123456"]
    values[field] += control
    before = dict(place.database.rows.entries)
    assert isinstance(refused(lambda: place.log_in(*values)), InvalidInput)
    assert place.database.rows.entries == before


@pytest.mark.parametrize("field", [0, 1, 2])
def test_absurdly_long_fields_are_refused_before_anything_else(place: Place, field: int) -> None:
    values = ["alice", PASSWORD, ""]
    values[field] = "9" * 100_000
    assert isinstance(refused(lambda: place.log_in(*values)), InvalidInput)
    assert place.hasher.verified == []


@pytest.mark.parametrize("name", ["alice", "nobody", "you@home.test", "nobody@home.test"])
def test_an_account_waits_after_ten_failures_whether_it_exists_or_not(place: Place, name: str) -> None:
    for number in range(ACCOUNT.failures):
        refused(partial(place.log_in, name, "wrong", client_address=f"10.0.1.{number}"))
    place.hasher.verified.clear()
    error = refused(lambda: place.log_in(name, client_address="10.0.2.1"))
    assert isinstance(error, TooManyAttempts)
    assert error.retry_after_seconds == 15 * 60
    assert place.hasher.verified == []
    assert place.database.actions.count("log_in.too_many") == 1
    place.log_in("alice" if name != "alice" else "you@home.test")


def test_an_address_waits_after_thirty_failures(place: Place) -> None:
    for number in range(30):
        refused(partial(place.log_in, f"user{number}", "wrong"))
    assert isinstance(refused(place.log_in), TooManyAttempts)
    place.log_in(client_address="10.0.0.2")


def test_waiting_survives_a_restart_and_ends(place: Place) -> None:
    for _ in range(ACCOUNT.failures):
        refused(lambda: place.log_in(password="wrong"))
    restarted = Place(database=place.database, clock=place.clock, owners=place.owners)
    assert isinstance(refused(restarted.log_in), TooManyAttempts)
    place.clock.move(minutes=15)
    restarted.log_in()


def test_a_success_forgets_the_failures_of_the_account(place: Place) -> None:
    for _ in range(3):
        for _ in range(ACCOUNT.failures - 1):
            refused(lambda: place.log_in(password="wrong"))
        place.log_in()
        place.clock.move(minutes=16)


def test_many_right_log_ins_from_one_address_never_wait(place: Place) -> None:
    for _ in range(100):
        place.log_in()


def test_an_attempt_that_had_no_turn_is_not_counted(place: Place) -> None:
    for _ in range(ACCOUNT.failures - 1):
        refused(lambda: place.log_in(password="wrong"))
    place.hasher.full = True
    for _ in range(ACCOUNT.failures + 1):
        assert isinstance(refused(place.log_in), Unavailable)
    place.hasher.full = False
    assert isinstance(refused(lambda: place.log_in(password="wrong")), WrongLogIn)
    assert isinstance(refused(place.log_in), TooManyAttempts)  # and nothing of before is forgotten either


def test_attempts_are_counted_before_the_password_is_looked_at(place: Place) -> None:
    """So that a hundred at the same moment are no more than ten."""
    counts: list[int] = []
    verify = place.hasher.verify

    def watching(stored: str, password: str) -> bool:
        counts.append(sum(row.failures for row in place.database.rows.attempts.values()))
        return verify(stored, password)

    place.hasher.verify = watching  # type: ignore[method-assign]
    refused(lambda: place.log_in(password="wrong"))
    assert counts == [2]


def test_the_second_factor_is_asked_for_only_after_the_right_password(place: Place) -> None:
    place.turn_on()
    assert type(refused(lambda: place.log_in(password="wrong"))) is WrongLogIn
    assert type(refused(place.log_in)) is SecondFactorNeeded
    assert place.access.sessions.list(ALICE) == ()


def test_a_code_lets_in_once(place: Place) -> None:
    place.turn_on()
    assert type(refused(lambda: place.log_in(code=place.code()))) is WrongCode
    place.clock.move(seconds=30)
    place.log_in(code=f" {place.code()[:3]} {place.code()[3:]} ")
    assert type(refused(lambda: place.log_in(code=place.code()))) is WrongCode
    assert type(refused(lambda: place.log_in(code=place.code(-1)))) is WrongCode
    wide = {ord(digit): chr(ord(digit) - ord("0") + ord("０")) for digit in "0123456789"}
    place.log_in(code=place.code(+1).translate(wide))


def test_a_recovery_code_lets_in_once_however_it_is_typed(place: Place) -> None:
    codes = place.turn_on()
    place.log_in(code=codes[0].upper().replace("-", "\N{IDEOGRAPHIC SPACE}"))
    assert type(refused(lambda: place.log_in(code=codes[0]))) is WrongCode
    assert place.access.second_factors.state(ALICE).recovery_codes_left == 9
    assert "second_factor.recovery_code_used" in place.database.actions
    place.log_in(code=codes[1])


def test_wrong_codes_wait_and_a_right_one_does_not_help_then(place: Place) -> None:
    codes = place.turn_on()
    for _ in range(CODE.failures):
        assert type(refused(lambda: place.log_in(code="000000"))) is WrongCode
    for code in (place.code(+1), codes[0]):
        assert isinstance(refused(partial(place.log_in, code=code)), TooManyAttempts)
    assert place.access.second_factors.state(ALICE).recovery_codes_left == 10
    place.clock.move(minutes=15)
    place.log_in(code=codes[0])


def test_reauthenticate_wants_password_and_code_and_is_counted(place: Place) -> None:
    made = place.log_in()
    codes = place.turn_on(made.session)

    def again(password: str, code: str = "") -> object:
        return place.access.login.reauthenticate(made.session, password, code, client_address=HERE)

    assert type(refused(lambda: again("wrong"))) is WrongLogIn
    assert type(refused(lambda: again(PASSWORD))) is SecondFactorNeeded
    again(PASSWORD, codes[0])
    for _ in range(ACCOUNT.failures):
        refused(lambda: again("wrong"))
    assert isinstance(refused(lambda: again(PASSWORD, codes[1])), TooManyAttempts)


def test_change_password_ends_every_other_session(place: Place) -> None:
    others = [place.log_in() for _ in range(2)]
    made = place.log_in()
    renewed = place.access.login.change_password(made.session, PASSWORD, "another password", client_address=HERE)
    assert [place.access.find_session(one.token) for one in (*others, made)] == [None] * 3
    assert place.access.find_session(renewed.token) is not None
    assert isinstance(refused(place.log_in), WrongLogIn)
    place.log_in(password="another password")
    assert "password.change" in place.database.actions


def test_change_password_wants_the_present_one_and_a_good_new_one(place: Place) -> None:
    made = place.log_in()
    login = place.access.login
    for old, new, kind in [("wrong", "another password", WrongLogIn), (PASSWORD, "short", InvalidInput)]:
        error = refused(partial(login.change_password, made.session, old, new, client_address=HERE))
        assert type(error) is kind
    assert place.access.find_session(made.token) is not None


def test_change_password_is_for_administrators(place: Place) -> None:
    made = place.log_in("you@home.test")
    act = place.access.login.change_password
    error = refused(lambda: act(made.session, PASSWORD, "another password", client_address=HERE))
    assert isinstance(error, Unauthorized)


def test_nobody_gets_in_while_the_database_is_ill(place: Place) -> None:
    place.database.ill = True
    assert isinstance(refused(place.log_in), Unavailable)
