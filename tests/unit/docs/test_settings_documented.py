"""Every setting is described in both languages, and the reference pages say what the program does."""

import re
from functools import cache
from pathlib import Path

import pytest

from machiya.entrypoints.cli.reference import pages, settings_page
from machiya.settings import SECTIONS
from machiya.settings.describe import Described, describe_all

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")
SETTINGS = list(describe_all())
PAGES = [f"{page}{suffix}.md" for page in ("settings", "cli", "errors") for suffix in ("", ".ja")]

reference, page_of = cache(pages), cache(settings_page)


@pytest.mark.parametrize("described", SETTINGS, ids=lambda described: described.path)
def test_every_setting_is_described_in_both_languages(described: Described) -> None:
    assert re.search(r"[a-z]{2,}.*\.", described.english)
    assert not JAPANESE.search(described.english)
    assert JAPANESE.search(described.japanese)
    assert described.japanese.endswith(("。", "。）"))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_described_in_both_languages(section: str) -> None:
    english, japanese = SECTIONS[section].about
    assert english.endswith(".")
    assert JAPANESE.search(japanese)


@pytest.mark.parametrize("described", SETTINGS, ids=lambda described: described.path)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_setting_stands_in_the_reference(described: Described, language: str) -> None:
    page = page_of(language)
    assert f"### `{described.path}`\n\n{described.text(language)}\n" in page
    assert f"`{described.variable}`" in page


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_up_to_date(name: str) -> None:
    written = (REFERENCE / name).read_text(encoding="utf-8")
    assert written == reference()[name], "out of date: run make reference"


def test_reference_holds_no_other_page() -> None:
    assert {page.name for page in REFERENCE.glob("*.md")} == set(PAGES)
