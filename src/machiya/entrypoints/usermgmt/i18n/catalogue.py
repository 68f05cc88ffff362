"""The Japanese texts, read once when the pages start."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("ja", "en")
DEFAULT = "en"
FOLDER = Path(__file__).parent


@cache
def texts(name: str) -> dict[str, str]:
    """Msgid → msgstr of one ``.po`` file of this folder; what is not translated is left out."""
    with (FOLDER / f"{name}.po").open("rb") as file:
        catalogue = read_po(file, locale="ja")
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def translate(language: str, message: str) -> str:
    """``message`` in ``language``; English is what is written in the code."""
    return texts("ja").get(message, message) if language == "ja" else message
