"""Waiting for other programs: look again and again, never sleep blindly."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SECONDS = 180.0


def soon(look: Callable[[], T | None], what: str, seconds: float = SECONDS, tell: Callable[[], object] = str) -> T:
    """The first true answer of ``look``; a failure says ``what`` was waited for, and ``tell()``."""
    limit = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > limit:
            raise AssertionError(f"{what}: not within {seconds:.0f} s. {tell()}")
        time.sleep(0.2)  # noqa: TID251 – another program: there is nothing to wait on
