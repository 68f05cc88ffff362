"""Argon2id in Dovecot's form."""

import secrets
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SCHEME = "{ARGON2ID}"
MEMORY_KIB = 19 * 1024
TIME_COST = 2
PARALLELISM = 1


class Argon2idHasher:
    """``PasswordHasher`` of the accounts room.

    Source: OWASP Password Storage Cheat Sheet (19 MiB, t=2, p=1); Dovecot's ``ARGON2ID`` scheme.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        """``{ARGON2ID}$argon2id$v=19$m=19456,t=2,p=1$…``"""
        return SCHEME + self._hasher.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        """Whether ``password`` is the one behind ``stored``.

        An empty or foreign ``stored`` costs the same time as a real one, so that it does not show who may log in.
        """
        known = stored.startswith(SCHEME)
        try:
            self._hasher.verify(stored.removeprefix(SCHEME) if known else self._nobody, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
        return known
