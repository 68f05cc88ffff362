"""Who is asking: found from the session's cookie, never from what a form says."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from machiya.entrypoints.usermgmt.pages import Visitors


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a session; ``address`` is empty for an administrator, ``role`` for the owner of a mailbox."""

    name: str
    session: Any
    permissions: frozenset[StrEnum]
    fresh: bool

    def may(self, permission: StrEnum) -> bool:
        """Deny by default."""
        return permission is Visitors.LOGGED_IN or permission in self.permissions


class Visits:
    """Sessions, as ``access`` keeps them."""

    def __init__(self, find: Callable[[str], Visitor | None]) -> None:
        self._find = find

    def of(self, token: str) -> Visitor | None:
        """The visitor with this session; None: unknown, ended or expired."""
        return self._find(token) if token else None
