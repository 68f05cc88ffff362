"""age X25519 keys as text, and sealing name/value pairs with them."""

import hashlib
import tomllib
from dataclasses import dataclass, field
from typing import Self

import pyrage
import tomlkit

from machiya.core.errors import InvalidInput, Unauthorized


class SecretsLocked(Unauthorized):
    """The secrets cannot be opened with the key at hand."""

    code = "secrets_locked"


@dataclass(frozen=True, slots=True)
class AgeKey:
    """A key pair; ``private`` is ``AGE-SECRET-KEY-1…`` and stays out of every representation."""

    private: str = field(repr=False)
    public: str

    @classmethod
    def generate(cls) -> Self:
        """A fresh pair."""
        identity = pyrage.x25519.Identity.generate()
        return cls(str(identity), str(identity.to_public()))

    @classmethod
    def parse(cls, private: str) -> Self:
        """Read the private half.

        Raises:
            InvalidInput: not an age key; what was given is not repeated.
        """
        try:
            identity = pyrage.x25519.Identity.from_str(private.strip())
        except pyrage.IdentityError as error:
            raise InvalidInput("not an age key", hint="It starts with AGE-SECRET-KEY-1 and is one line.") from error
        return cls(str(identity), str(identity.to_public()))


def fingerprint(public: str) -> str:
    """A short name of a public key, to compare by eye: 16 hex digits in groups of four."""
    digest = hashlib.sha256(public.encode()).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def seal(values: dict[str, str], recipients: tuple[str, ...]) -> bytes:
    """``values`` as TOML, readable by each of ``recipients`` (public keys)."""
    keys = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    return bytes(pyrage.encrypt(tomlkit.dumps(dict(sorted(values.items()))).encode(), keys))


def unseal(sealed: bytes, key: AgeKey) -> dict[str, str]:
    """What ``seal`` was given.

    Raises:
        SecretsLocked: another key, or not what was sealed.
    """
    try:
        plain = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(key.private)])
        return {name: str(value) for name, value in tomllib.loads(plain.decode()).items()}
    except (pyrage.DecryptError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SecretsLocked(
            "secrets.age cannot be opened with this key",
            hint="Sealed for another key, or damaged. machiya secret recover takes the recovery key.",
        ) from error
