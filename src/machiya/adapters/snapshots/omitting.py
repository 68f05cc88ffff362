"""What a source leaves out on purpose."""

import fnmatch
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from machiya.backup.model import Omission


@dataclass(frozen=True, slots=True)
class Omits:
    """Whether a path is left out: its part below the source's root matches one of the patterns."""

    pattern: re.Pattern[str] | None
    root: bytes

    def __call__(self, folder: bytes, name: bytes) -> bool:
        """Ask for ``name`` in ``folder`` (as the snapshot calls it)."""
        if self.pattern is None:
            return False
        below = folder[len(self.root) + 1 :]
        return self.pattern.match(os.fsdecode(below + b"/" + name if below else name)) is not None


def omits(root: str, omitted: Sequence[Omission]) -> Omits:
    """For a source called ``root``."""
    patterns = "|".join(f"(?:{fnmatch.translate(one.pattern)})" for one in omitted)
    return Omits(re.compile(patterns, re.DOTALL) if patterns else None, root.encode())
