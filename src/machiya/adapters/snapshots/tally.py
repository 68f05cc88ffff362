"""What the walk counts and notes, and what it tells whoever waits."""

from dataclasses import dataclass, field

from machiya.backup.run import Note
from machiya.core.progress import Progress

_EVERY_FILES = 64
_EVERY_BYTES = 4 * 1024 * 1024
_MOST_NOTES = 1000


@dataclass(slots=True)
class Tally:
    """Bytes and files so far; ``expected`` bytes are those of the day before, 0 if nobody knows."""

    progress: Progress
    expected: int = 0
    notes: list[Note] = field(default_factory=list)
    files: int = 0
    size_bytes: int = 0
    skips: int = 0
    lost: int = 0
    other_owners: int = 0
    _harmless: int = 0
    _told_files: int = 0
    _told_bytes: int = 0
    _reading: int = 0

    def read(self, octets: int) -> None:
        """So much of a large file."""
        self._reading += octets
        if self.size_bytes + self._reading - self._told_bytes >= _EVERY_BYTES:
            self._tell()

    def saved(self, size: int) -> None:
        """One more file."""
        self.files += 1
        self.size_bytes += size
        self._reading = 0
        if self.files - self._told_files >= _EVERY_FILES or self.size_bytes - self._told_bytes >= _EVERY_BYTES:
            self._tell()

    def skipped(self) -> None:
        """A socket, a pipe or a device."""
        self.skips += 1

    def unowned(self) -> None:
        """Owner or extended attributes could not be given to the copy; the manifest has them."""
        self.other_owners += 1

    def note(self, path: bytes, what: str, *, lost: bool = False) -> None:
        """Something a person should know; what is lost is never crowded out by what is not."""
        note = Note(path, what, lost)
        self.lost += lost
        self._harmless += not lost
        if (self.lost if lost else self._harmless) <= _MOST_NOTES:
            self.notes.append(note)
        self.progress.line(str(note))

    def _tell(self) -> None:
        done = self.size_bytes + self._reading
        self.progress.step("files", done, max(self.expected, done) if self.expected else 0, unit="bytes")
        self._told_files, self._told_bytes = self.files, done
