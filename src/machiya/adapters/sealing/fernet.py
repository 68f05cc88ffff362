"""Seals with Fernet (AES-128-CBC and HMAC-SHA-256) under a key from secrets.age."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken

from machiya.core.errors import ConfigurationError, Unavailable

KEY_NAME = "totp_key"


class FernetSealer:
    """``Sealer``; what was sealed for one person cannot be opened as another's.

    Args:
        key: the secret ``totp_key``; empty where it is not set, and nothing can be sealed then.
    """

    def __init__(self, key: str) -> None:
        self._key = key

    def seal(self, secret: str, whose: str) -> str:
        """Encrypted text.

        Raises:
            ConfigurationError: there is no key.
        """
        return self._fernet().encrypt(json.dumps([_mark(whose), secret]).encode()).decode("ascii")

    def unseal(self, sealed: str, whose: str) -> str:
        """The secret.

        Raises:
            Unavailable: it was sealed with another key, or for somebody else.
            ConfigurationError: there is no key.
        """
        try:
            owner, secret = json.loads(self._fernet().decrypt(sealed.encode("ascii", "replace")))
        except (InvalidToken, ValueError) as error:
            raise _foreign() from error
        if owner != _mark(whose):
            raise _foreign()
        return str(secret)

    def _fernet(self) -> Fernet:
        if not self._key:
            raise ConfigurationError(
                f"the secret {KEY_NAME} is not set, which keeps the secrets of two-step log-in",
                hint="machiya init makes what is missing.",
            )
        digest = hashlib.sha256(b"machiya-totp\0" + self._key.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(digest))


def _mark(whose: str) -> str:
    """As long for a long address as for a short name."""
    return hashlib.sha256(whose.encode()).hexdigest()


def _foreign() -> Unavailable:
    return Unavailable(
        f"the secret of this two-step log-in was kept under another {KEY_NAME}",
        hint="Put the former secrets.age back, or turn it off: machiya admin reset-totp NAME.",
    )
