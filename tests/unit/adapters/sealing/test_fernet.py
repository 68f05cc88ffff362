import pytest

from machiya.adapters.sealing.fernet import FernetSealer
from machiya.core.errors import ConfigurationError, Unavailable


def test_what_was_sealed_is_unreadable_and_comes_back() -> None:
    sealer = FernetSealer("key")
    sealed = sealer.seal("SECRET", "administrator:alice")
    assert "SECRET" not in sealed
    assert sealed != sealer.seal("SECRET", "administrator:alice")
    assert sealer.unseal(sealed, "administrator:alice") == "SECRET"


def test_the_longest_name_fits_the_table() -> None:
    whose = "mailbox:" + "ü" * 254
    sealed = FernetSealer("key").seal("S" * 32, whose)
    assert FernetSealer("key").unseal(sealed, whose) == "S" * 32
    assert len(sealed) <= 512  # the column's length


@pytest.mark.parametrize("whose", ["administrator:bob", "mailbox:alice", ""])
def test_a_row_moved_to_somebody_else_is_good_for_nothing(whose: str) -> None:
    sealed = FernetSealer("key").seal("SECRET", "administrator:alice")
    with pytest.raises(Unavailable):
        FernetSealer("key").unseal(sealed, whose)


def test_another_key_and_spoiled_text_are_told() -> None:
    sealed = FernetSealer("key").seal("SECRET", "a")
    for key, text in [("other", sealed), ("key", sealed[:-2]), ("key", ""), ("key", "日本語")]:
        with pytest.raises(Unavailable) as refused:
            FernetSealer(key).unseal(text, "a")
        assert "reset-totp" in refused.value.hint


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(ConfigurationError) as refused:
        FernetSealer("").seal("SECRET", "a")
    assert "machiya init" in refused.value.hint
    with pytest.raises(ConfigurationError):
        FernetSealer("").unseal("x", "a")
