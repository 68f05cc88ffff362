"""Getting back: which entries are wanted, and what becomes of each. Nothing that is there is lost by it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from machiya.backup.errors import SnapshotMissing
from machiya.backup.model import Entry, EntryType, SnapshotName

_NAMED = 20


class Step(StrEnum):
    """What is done with one entry."""

    MAKE = "make"
    SAME = "same"
    BESIDE = "beside"
    REPLACE = "replace"
    BLOCKED = "blocked"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Done:
    """One entry and what became (or would become) of it; ``name``: where, below the target."""

    step: Step
    entry: Entry
    name: bytes
    why: str = ""


@dataclass(slots=True)
class Lacking:
    """What came back without its owner or all of its attributes: how many, and the first of them."""

    count: int = 0
    first: list[bytes] = field(default_factory=list)

    def add(self, path: bytes) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < _NAMED:
            self.first.append(path)

    def join(self, other: "Lacking") -> None:
        """Those of another one, too."""
        self.count += other.count
        self.first = [*self.first, *other.first][:_NAMED]


@dataclass(slots=True)
class Restored:
    """Counts by step; bytes that were written; what a person has to look at.

    Args:
        left_out: sources that are not put back unless they are named.
    """

    counts: dict[Step, int] = field(default_factory=dict)
    size_bytes: int = 0
    troubles: list[Done] = field(default_factory=list)
    lacking: Lacking = field(default_factory=Lacking)
    left_out: tuple[str, ...] = ()

    def add(self, done: Done) -> None:
        """One more."""
        self.counts[done.step] = self.counts.get(done.step, 0) + 1
        if done.step in {Step.MAKE, Step.BESIDE, Step.REPLACE}:
            self.size_bytes += done.entry.size
        if done.step in {Step.BLOCKED, Step.DAMAGED}:
            self.troubles.append(done)


@dataclass(frozen=True, slots=True)
class Selection:
    """Paths in the snapshot, files or folders; none: everything."""

    paths: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Selection":
        """As a person writes them; bytes that are no UTF-8 come from the shell as surrogates."""
        return cls(tuple(text.strip("/").encode("utf-8", "surrogateescape") for text in texts if text.strip("/")))

    def takes(self, entry: Entry) -> bool:
        """It is wanted itself."""
        return not self.paths or any(entry.path == one or entry.path.startswith(one + b"/") for one in self.paths)

    def leads(self, entry: Entry) -> bool:
        """It is a folder on the way to what is wanted."""
        return entry.type is EntryType.DIRECTORY and any(one.startswith(entry.path + b"/") for one in self.paths)

    def require_met(self, snapshot: SnapshotName, missed: set[bytes]) -> None:
        """Every path must have been met.

        Raises:
            SnapshotMissing: one was not.
        """
        for one in sorted(missed):
            raise SnapshotMissing(
                f"{snapshot} has no {one.decode('utf-8', 'backslashreplace')}",
                hint=f"machiya backup browse {snapshot} shows what it has.",
            )


def beside_name(name: bytes, snapshot: SnapshotName) -> bytes:
    """Where a file goes whose place is taken by another one."""
    return name + f".from-{snapshot.rota}-{snapshot.day.isoformat()}".encode()
