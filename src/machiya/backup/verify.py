"""Is a snapshot still what its manifest says? What is missing, what is too much, what changed."""

from dataclasses import dataclass, field

from machiya.backup.model import SnapshotName


@dataclass(frozen=True, slots=True)
class Problem:
    """One path that is not as the manifest says; an empty path means the manifest itself."""

    snapshot: SnapshotName
    path: bytes
    what: str

    def __str__(self) -> str:
        path = self.path.decode("utf-8", "backslashreplace")
        return f"{self.snapshot}/{path}: {self.what}" if path else f"{self.snapshot}: {self.what}"


@dataclass(slots=True)
class Verified:
    """What came of it: entries looked at, bytes read (a file that several days share counts once), all problems."""

    entries: int = 0
    read_bytes: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Every byte is as it was."""
        return not self.problems
