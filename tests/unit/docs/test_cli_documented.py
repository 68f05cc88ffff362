"""Every command and option is explained in both languages."""

import re

import pytest

from machiya.entrypoints.cli import japanese
from machiya.entrypoints.cli.reference import (
    cli_page,
    command_text,
    commands,
    exit_code_meanings,
    option_text,
    options_of,
)

COMMANDS = commands()
OPTIONS = [(words, option) for words, command in COMMANDS.items() for option in options_of(command)]
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_explained_in_both_languages(words: str) -> None:
    english = command_text(words, COMMANDS[words], "en")
    assert english.endswith(".")
    assert not JAPANESE.search(english)
    assert words in japanese.COMMANDS, "write its Japanese in entrypoints/cli/japanese.py"
    assert JAPANESE.search(command_text(words, COMMANDS[words], "ja"))


@pytest.mark.parametrize(("words", "option"), OPTIONS)
def test_every_option_is_explained_in_both_languages(words: str, option: str) -> None:
    english = options_of(COMMANDS[words])[option]
    assert english, "give it a help text"
    known = {option, f"{words} {option}"} & set(japanese.OPTIONS)
    assert known, "write its Japanese in entrypoints/cli/japanese.py"
    assert JAPANESE.search(option_text(words, option, english, "ja"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_command_has_a_heading_in_the_reference(language: str) -> None:
    page = cli_page(language)
    assert [words for words in COMMANDS if f"\n## `machiya {words}`\n" not in page] == []


def test_japanese_explains_nothing_that_is_gone() -> None:
    used = {key for words, option in OPTIONS for key in (option, f"{words} {option}")}
    assert set(japanese.COMMANDS) - set(COMMANDS) == set()
    assert set(japanese.OPTIONS) - used == set()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_exit_codes_of_the_reference_are_those_that_occur(language: str) -> None:
    assert list(exit_code_meanings(language)) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 70, 130]
