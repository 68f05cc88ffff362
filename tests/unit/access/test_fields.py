import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.access.fields import check_administrator_name, check_field, check_new_password, cleaned
from machiya.core.errors import InvalidInput

CONTROLS = ["\r\n", "\n", "\r", "\0", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\ud800"]


@pytest.mark.parametrize("name", ["al", "alice", "a1", "alice.b-c_d", "a" * 32])
def test_check_administrator_name_takes_plain_names(name: str) -> None:
    assert check_administrator_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "A",
        "Alice",
        "1a",
        "a" * 33,
        "a b",
        "a..b",
        "-a",
        "a-",
        "a@b",
        "ａlice",
        "а1",
        "a\n",
        "a'--",
        "../a",
        "a%0a",
    ],
)
def test_check_administrator_name_refuses_everything_else(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_administrator_name(name)


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("check", [lambda t: check_field(t, "it"), check_new_password, check_administrator_name])
def test_control_characters_are_refused_in_every_field(check: "object", control: str) -> None:
    with pytest.raises(InvalidInput):
        check(f"some long text{control}more")  # type: ignore[operator]


@given(st.text(max_size=300))
def test_check_field_takes_no_text_that_can_end_a_line(text: str) -> None:
    try:
        taken = check_field(text, "it")
    except InvalidInput:
        return
    assert len(taken.splitlines()) <= 1


@pytest.mark.parametrize("password", ["", "short", "123456789", "x" * 257])
def test_check_new_password_refuses_what_is_too_short_or_too_long(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_new_password(password)


def test_check_new_password_takes_sentences_in_any_language() -> None:
    check_new_password("正しい馬と電池のホチキス")


@given(st.text())
def test_cleaned_text_is_short_and_printable_on_one_line(text: str) -> None:
    shown = cleaned(text, 20)
    assert len(shown) <= 20
    assert len(shown.splitlines()) <= 1
