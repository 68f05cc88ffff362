"""Every error code is explained in both languages."""

import re

import pytest

from machiya.core.errors import MachiyaError
from machiya.entrypoints.cli import japanese
from machiya.entrypoints.cli.reference import error_classes, error_text, errors_page

ERRORS = error_classes()
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: str(error.code))
def test_every_error_code_is_explained_in_both_languages(error: type[MachiyaError]) -> None:
    assert re.search(r"[a-z]{2,}.*[.]$", error_text(error, "en"))
    assert error.code in japanese.ERRORS, "write its Japanese in entrypoints/cli/japanese.py"
    assert JAPANESE.search(error_text(error, "ja"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_error_code_stands_in_the_reference_once(language: str) -> None:
    page = errors_page(language)
    for error in ERRORS:
        assert page.count(f"| `{error.code}` |") == 1


def test_error_codes_are_unique_words() -> None:
    codes = [error.code for error in ERRORS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


def test_error_japanese_explains_nothing_that_is_gone() -> None:
    assert set(japanese.ERRORS) == {error.code for error in ERRORS}
