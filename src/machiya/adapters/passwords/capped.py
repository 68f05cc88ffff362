"""A few hashes at a time: each takes 19 MiB and a core for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Protocol

from machiya.core.errors import Unavailable

AT_ONCE = 2
PATIENCE_SECONDS = 10.0


class Hasher(Protocol):
    """What does the work."""

    def hash(self, password: str) -> str:
        """To be stored."""

    def verify(self, stored: str, password: str) -> bool:
        """Whether it fits."""


class CappedHasher:
    """``PasswordHasher`` of the access room, for this process.

    Args:
        hasher: does the work.
        at_once: how many may at the same moment.
        patience_seconds: how long the others wait.
    """

    def __init__(self, hasher: Hasher, *, at_once: int = AT_ONCE, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._hasher = hasher
        self._turns = BoundedSemaphore(at_once)
        self._patience = patience_seconds

    def hash(self, password: str) -> str:
        """To be stored.

        Raises:
            Unavailable: it was not its turn in time.
        """
        with self._turn():
            return self._hasher.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        """Whether it fits.

        Raises:
            Unavailable: it was not its turn in time.
        """
        with self._turn():
            return self._hasher.verify(stored, password)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._patience):
            raise Unavailable("too many people log in at this moment", hint="Try again in a minute.")
        try:
            yield
        finally:
            self._turns.release()
