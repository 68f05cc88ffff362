import re

import argon2
import pytest

from machiya.accounts.ports import PasswordHasher
from machiya.adapters.passwords.argon2id import Argon2idHasher

FORM = re.compile(r"\{ARGON2ID\}\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}")


@pytest.fixture(scope="module")
def hasher() -> PasswordHasher:
    return Argon2idHasher()


def test_hash_has_dovecots_form_and_a_salt(hasher: PasswordHasher) -> None:
    one, other = hasher.hash("correct horse"), hasher.hash("correct horse")
    assert FORM.fullmatch(one)
    assert one != other


def test_hash_is_plain_argon2id_behind_the_scheme(hasher: PasswordHasher) -> None:
    stored = hasher.hash("パスワード改 12345")
    assert argon2.PasswordHasher().verify(stored.removeprefix("{ARGON2ID}"), "パスワード改 12345")


def test_verify_tells_right_from_wrong(hasher: PasswordHasher) -> None:
    stored = hasher.hash("correct horse")
    assert hasher.verify(stored, "correct horse")
    assert not hasher.verify(stored, "Correct horse")
    assert not hasher.verify(stored, "")


@pytest.mark.parametrize("stored", ["", "{ARGON2ID}", "{ARGON2ID}$argon2id$broken", "{PLAIN}correct horse"])
def test_verify_is_false_for_what_it_did_not_make(hasher: PasswordHasher, stored: str) -> None:
    assert not hasher.verify(stored, "correct horse")


def test_verify_is_false_for_text_that_cannot_be_encoded(hasher: PasswordHasher) -> None:
    assert not hasher.verify(hasher.hash("correct horse"), "\ud800")
