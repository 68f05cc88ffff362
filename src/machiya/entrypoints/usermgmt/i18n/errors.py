"""Errors of the rooms in the visitor's language: their messages are English sentences with something filled in."""

import re
from functools import cache

from machiya.core.errors import MachiyaError
from machiya.entrypoints.usermgmt.i18n.catalogue import texts
from machiya.entrypoints.usermgmt.i18n.language import current_language

_HOLE = re.compile(r"\{(\d+)\}")


def in_words(error: MachiyaError) -> tuple[str, str]:
    """What happened and what to do."""
    return sentence(error.message), sentence(error.hint)


def sentence(text: str) -> str:
    """``text`` in Japanese for who reads Japanese; what is not in the table stays English."""
    if current_language() != "ja" or not text:
        return text
    return _japanese(text) or text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What stands in the table, the most literal first, so that a sentence is not taken for a vaguer one."""
    table = sorted(texts("ja_errors").items(), key=lambda pair: len(_HOLE.sub("", pair[0])), reverse=True)
    return tuple((_pattern(message), japanese) for message, japanese in table)


def _pattern(message: str) -> re.Pattern[str]:
    return re.compile("".join(_piece(piece) for piece in re.split(r"(\{\d+\})", message)), re.DOTALL)


def _piece(piece: str) -> str:
    return "(.*?)" if _HOLE.fullmatch(piece) else re.escape(piece)


def _japanese(text: str) -> str:
    for pattern, japanese in _patterns():
        if found := pattern.fullmatch(text):
            filled = [texts("ja_errors").get(value, value) for value in found.groups()]
            return _HOLE.sub(lambda hole, filled=filled: filled[int(hole[1])], japanese)  # type: ignore[misc]
    return ""
