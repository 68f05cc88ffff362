"""What may stand in the fields of a log-in, and what an administrator may be called."""

import re
import unicodedata

from machiya.access.model import ADMINISTRATOR_NAME_CHARACTERS
from machiya.core.errors import InvalidInput

MINIMUM_CHARACTERS = 10
MAXIMUM_CHARACTERS = 256
LONGEST_FIELD = 320
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
_CONTROLS = {"Cc", "Cs", "Cf", "Zl", "Zp"}


def check_administrator_name(name: str) -> str:
    """Accept a name: 2 to 32 of a–z, 0–9 and single ``. _ -`` between them, a letter first.

    Raises:
        InvalidInput: anything else.
    """
    if not _NAME.fullmatch(name) or not 1 < len(name) <= ADMINISTRATOR_NAME_CHARACTERS:
        raise InvalidInput(
            f"not a name for an administrator: {name!r}",
            hint="2 to 32 small letters and digits, with single . _ or - between them, a letter first.",
        )
    return name


def check_field(text: str, what: str, longest: int = LONGEST_FIELD) -> str:
    """Refuse control characters, line ends above all, and what is absurdly long.

    Raises:
        InvalidInput: it is refused.
    """
    if len(text) > longest:
        raise InvalidInput(f"{what} is too long: at most {longest} characters", hint="Shorten it.")
    if any(unicodedata.category(character) in _CONTROLS for character in text):
        raise InvalidInput(f"{what} contains a control character", hint="Was a line end copied with it?")
    return text


def check_new_password(password: str) -> None:
    """Refuse what nobody should use.

    Raises:
        InvalidInput: fewer than 10 or more than 256 characters, or a control character.
    """
    if len(password) < MINIMUM_CHARACTERS:
        raise InvalidInput(
            f"the password is too short: at least {MINIMUM_CHARACTERS} characters", hint="Take several words."
        )
    check_field(password, "the password", MAXIMUM_CHARACTERS)


def cleaned(text: str, longest: int) -> str:
    """What a stranger's program says of itself, fit to be shown."""
    return "".join(" " if unicodedata.category(c) in _CONTROLS else c for c in text[:longest]).strip()
