"""Plan, then apply: what would change, as data with a checksum.

A plan is read by a person or a program; ``apply`` is given the checksum of the plan that was read, so that nothing
else than what was read is done. Plans that destroy a large part refuse without force.
"""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from machiya.core.errors import PlanChanged, UnsafePlan

DESTRUCTION_THRESHOLD = 0.3
DESTRUCTION_MINIMUM = 4


class Action(StrEnum):
    """What a change does to the thing."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change.

    ``kind`` names its sort (``dns.record``), ``key`` the one thing, ``before`` and ``after`` are plain JSON values
    (``None``: it is not there), ``reason`` is one sentence for a person.
    """

    action: Action
    kind: str
    key: str
    reason: str
    before: Any = None
    after: Any = None

    def as_data(self) -> dict[str, Any]:
        """Plain JSON values, stable order of keys."""
        return {
            "action": str(self.action),
            "kind": self.kind,
            "key": self.key,
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes to one target, in the order they would be applied; ``existing`` counts what is there now."""

    target: str
    changes: tuple[Change, ...] = ()
    existing: int = 0

    @property
    def checksum(self) -> str:
        """SHA-256 over everything a reader sees, hex."""
        data = {"target": self.target, "changes": [change.as_data() for change in self.changes]}
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def empty(self) -> bool:
        """Nothing would change."""
        return not self.changes

    def require_checksum(self, checksum: str) -> None:
        """Refuse to go on unless this is the plan that was read.

        Raises:
            PlanChanged: the state moved since ``checksum`` was shown.
        """
        if checksum != self.checksum:
            raise PlanChanged(f"the plan for {self.target} is not the one that was read", hint="Plan again and look.")

    def require_safe(self, *, force: bool = False) -> None:
        """Refuse a plan that deletes or updates too large a part of what exists.

        Raises:
            UnsafePlan: more than 30 % of the existing things, and more than 4, without ``force``.
        """
        touched = sum(change.action is not Action.CREATE for change in self.changes)
        limit = max(DESTRUCTION_MINIMUM, self.existing * DESTRUCTION_THRESHOLD)
        if touched > limit and not force:
            raise UnsafePlan(
                f"the plan for {self.target} changes or deletes {touched} of {self.existing}",
                hint="Read the plan; if it is what you want, apply it with --force.",
            )
