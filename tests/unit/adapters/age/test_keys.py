import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.adapters.age.keys import AgeKey, SecretsLocked, fingerprint, seal, unseal
from machiya.core.errors import InvalidInput

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
KEY, OTHER = AgeKey.generate(), AgeKey.generate()


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,20}", fullmatch=True), TEXT, max_size=4))
def test_unseal_gives_back_what_was_sealed_to_each_recipient(values: dict[str, str]) -> None:
    sealed = seal(values, (KEY.public, OTHER.public))
    assert unseal(sealed, KEY) == values
    assert unseal(sealed, OTHER) == values


def test_sealed_bytes_are_an_age_file_that_shows_nothing() -> None:
    sealed = seal({"edge_signing_key": "hunter2"}, (KEY.public,))
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert b"hunter2" not in sealed
    assert b"edge_signing_key" not in sealed


def test_sealed_bytes_hold_plain_toml_for_who_opens_them_with_age_alone() -> None:
    sealed = seal({"b": "2", "a": 'x"y'}, (KEY.public,))
    plain = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(KEY.private)])
    assert plain == b'a = "x\\"y"\nb = "2"\n'


@pytest.mark.parametrize(
    "sealed",
    [b"", b"garbage", seal({}, (OTHER.public,)), seal({"a": "b"}, (KEY.public,))[:-1]],
    ids=["empty", "garbage", "other", "cut"],
)
def test_unseal_refuses_another_key_and_damage(sealed: bytes) -> None:
    with pytest.raises(SecretsLocked) as caught:
        unseal(sealed, KEY)
    assert "recover" in caught.value.hint


def test_age_key_keeps_its_private_half_out_of_sight() -> None:
    assert KEY.private.startswith("AGE-SECRET-KEY-1")
    assert KEY.private not in repr(KEY)
    assert AgeKey.parse(f" {KEY.private}\n") == KEY


@pytest.mark.parametrize("text", ["", "hunter2", KEY.public, KEY.private[:-1]], ids=["empty", "word", "public", "cut"])
def test_age_key_parse_refuses_without_repeating(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        AgeKey.parse(text)
    assert caught.value.message == "not an age key"


def test_fingerprint_is_short_stable_and_different_for_each_key() -> None:
    assert fingerprint("age1x") == fingerprint("age1x")
    assert fingerprint(KEY.public) != fingerprint(OTHER.public)
    assert [len(group) for group in fingerprint(KEY.public).split()] == [4, 4, 4, 4]
