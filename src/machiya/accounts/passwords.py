"""What a password must be, and making one that can be typed."""

import secrets
import unicodedata

from machiya.core.errors import InvalidInput

MINIMUM_CHARACTERS = 10
MAXIMUM_CHARACTERS = 256
GROUPS = 4
GROUP_CHARACTERS = 5
# Nothing that is read wrong (0 o, 1 l i) and nothing that needs shift: also typed on a phone or a television.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def check_password(password: str) -> None:
    """Refuse what nobody should use or no mail client can send.

    Raises:
        InvalidInput: fewer than 10 or more than 256 characters, or a control character.
    """
    if len(password) < MINIMUM_CHARACTERS:
        raise InvalidInput(
            f"the password is too short: at least {MINIMUM_CHARACTERS} characters",
            hint="Take several words, or leave it out and one will be made for you.",
        )
    if len(password) > MAXIMUM_CHARACTERS:
        raise InvalidInput(f"the password is too long: at most {MAXIMUM_CHARACTERS} characters", hint="Shorten it.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        raise InvalidInput("the password contains a control character", hint="Was a line end copied with it?")


def generate_password() -> str:
    """A strong password that can be typed: ``k7mwx-3pqvn-…``, 99 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_CHARACTERS)) for _ in range(GROUPS))
    return "-".join(groups)
