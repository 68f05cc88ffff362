"""Every error code is explained in both languages."""

import re
from collections import Counter
from pathlib import Path

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


def test_every_error_is_translated_once() -> None:
    """The last of two translations would win, whoever changes the first."""
    texts = [path.read_text("utf-8") for path in Path(japanese.__file__).parent.glob("japanese*.py")]
    found = Counter(re.findall(r'(?m)^    "([a-z_]+)":', "".join(text.partition("ERRORS: ")[2] for text in texts)))
    assert found.keys() == japanese.ERRORS.keys()
    assert [code for code, times in found.items() if times > 1] == []
