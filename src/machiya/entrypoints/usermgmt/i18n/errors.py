"""Sentences of the rooms in the visitor's language: English with something filled in, as in ``{0} is not …``.

``ja_rooms.po`` has the Japanese; ``en_rooms.po`` says for a page what the room says for the command line.
"""

import re
from functools import cache

from machiya.core.errors import MachiyaError
from machiya.entrypoints.usermgmt.i18n.catalogue import texts
from machiya.entrypoints.usermgmt.i18n.language import current_language, gettext, marked

_HOLE = re.compile(r"\{(\d+)\}")
_BETWEEN = "; "
_GENERAL = marked("The house did not do this. It says:")


def in_words(error: MachiyaError) -> tuple[str, str]:
    """What happened and what to do, both to be read one after the other.

    What is not in the table stays English, under a general sentence.
    """
    message = _table_text(error.message, current_language())
    if not message:
        message = f"{gettext(_GENERAL)} {error.message}" if current_language() != "en" else error.message
    return _ended(message), sentence(error.hint)


def sentence(text: str) -> str:
    """``text`` as the visitor reads it; as it is where the table does not know it."""
    return _table_text(text, current_language()) or text


def _ended(message: str) -> str:
    """The rooms leave the full stop to whoever prints a message."""
    if message.endswith((".", "?", "!", "。", "）", ")")):
        return message
    return message + ("。" if current_language() == "ja" else ".")


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What stands in the table, the most literal first, so that a sentence is not taken for a vaguer one."""
    table = sorted(texts(f"{language}_rooms").items(), key=lambda pair: len(_HOLE.sub("", pair[0])), reverse=True)
    return tuple((_pattern(message), translated) for message, translated in table)


def _pattern(message: str) -> re.Pattern[str]:
    """Of two that stand beside each other, an address is the last word, and a reason begins with a mark."""
    text = re.sub(r"\\{\d+\\}(?=\\ \\{)", "(.*)", re.escape(message))
    text = re.sub(r"(?<=\\})\\{\d+\\}", "((?:[:,;] .*)?)", text)
    return re.compile(re.sub(r"\\{\d+\\}", "(.*?)", text), re.DOTALL)


def _table_text(text: str, language: str) -> str:
    for pattern, translated in _patterns(language):
        if found := pattern.fullmatch(text):
            return _filled(translated, [_inside(value, language) for value in found.groups()])
    return ""


def _filled(translated: str, values: list[str]) -> str:
    return _HOLE.sub(lambda hole: values[int(hole[1])], translated)


def _inside(value: str, language: str) -> str:
    """What stands in a hole may be words of ours again."""
    return _BETWEEN.join(_table_text(piece, language) or piece for piece in value.split(_BETWEEN))
