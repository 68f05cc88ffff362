import pytest

from machiya.accounts.passwords import ALPHABET, check_password, generate_password
from machiya.core.errors import InvalidInput


@pytest.mark.parametrize("password", ["", "secret", "123456789", "あいうえおかきくけ"])
def test_check_password_refuses_the_short_with_a_hint(password: str) -> None:
    with pytest.raises(InvalidInput, match="at least 10 characters") as refused:
        check_password(password)
    assert "one will be made" in refused.value.hint
    assert not password or password not in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize("password", ["1234567890", "あいうえおかきくけこ", "correct horse battery staple", "x" * 256])
def test_check_password_takes_what_is_long_enough(password: str) -> None:
    check_password(password)


@pytest.mark.parametrize(
    "password", ["with a newline\n", "with\0 a nul byte", "tab\tin the middle", "x" * 257, "surrogate \ud800 half"]
)
def test_check_password_refuses_what_no_client_can_send(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_password(password)


def test_generate_password_is_strong_typeable_and_new() -> None:
    made = {generate_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password(password)
        groups = password.split("-")
        assert [len(group) for group in groups] == [5, 5, 5, 5]
        assert set("".join(groups)) <= set(ALPHABET)
    assert not set("0o1li") & set(ALPHABET)
