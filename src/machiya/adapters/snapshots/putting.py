"""Puts what a snapshot has for an entry where it goes, and remembers what could not come back whole."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from machiya.adapters.snapshots.comparing import seems_same, stat_in
from machiya.adapters.snapshots.levels import Level
from machiya.adapters.snapshots.placing import Damaged, link_to_first, place_file, place_symlink
from machiya.backup.model import Entry, EntryType, SnapshotName
from machiya.backup.restore import Done, Lacking, Step, beside_name


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry goes, or is: an open folder (-1: none yet), its path, the name in it."""

    folder: int
    path: bytes
    name: bytes

    def named(self, name: bytes) -> "Place":
        """Another name in the same folder."""
        return replace(self, name=name)


class Putting:
    """For one restore.

    Args:
        root: descriptor of the folder that it goes to; the caller's.
        base: the path in the snapshot that ``root`` is, or nothing.
        tell: hears the bytes that were written.
        only_look: change nothing.
    """

    def __init__(
        self, snapshot: SnapshotName, root: int, base: bytes, tell: Callable[[int], None], *, only_look: bool
    ) -> None:
        self._snapshot, self._root, self._base, self._tell, self._only_look = snapshot, root, base, tell, only_look
        self.damaged: set[bytes] = set()
        self.lacking = Lacking()

    def is_of_damaged(self, entry: Entry) -> bool:
        """It is another name of a file that did not come back: the manifest has the hash of that one only."""
        return entry.type is EntryType.HARD_LINK and entry.link in self.damaged

    def put(self, step: Step, level: Level, entry: Entry, name: bytes, place: Place) -> Done:
        """Bring ``name`` of the snapshot's folder to its place."""
        done = Done(step, entry, place.path + b"/" + place.name)
        if self._only_look:
            return done
        over = step is Step.REPLACE
        given = True
        try:
            if entry.type is EntryType.SYMLINK:
                given = place_symlink(place.folder, entry, place.name, over=over)
            elif entry.type is not EntryType.HARD_LINK or not self._linked(entry, place, over=over):
                given = place_file(level.source, name, place.folder, place.name, entry, self._tell, over=over)
        except Damaged as error:
            self.damaged.add(entry.path)
            return Done(Step.DAMAGED, entry, entry.path, str(error))
        except FileExistsError:
            return Done(Step.BLOCKED, entry, entry.path, "something came there meanwhile")
        if not given:
            self.lacking.add(entry.path)
        return done

    def put_beside(self, level: Level, entry: Entry, name: bytes) -> Done:
        """Another file has its place."""
        place = Place(level.target, level.path, beside_name(name, self._snapshot))
        other = stat_in(place.folder, place.name)
        if other is None:
            return self.put(Step.BESIDE, level, entry, name, place)
        if seems_same(entry, other, place.folder, place.name):
            return Done(Step.SAME, entry, entry.path)
        return Done(Step.BLOCKED, entry, entry.path, "something else is there")

    def _linked(self, entry: Entry, place: Place, *, over: bool) -> bool:
        """Another name of a file that was restored before is that file again."""
        first = below(entry.link, self._base)
        return first is not None and link_to_first(self._root, first, place.folder, place.name, entry, over=over)


def below(path: bytes, base: bytes) -> bytes | None:
    """The path below ``base``; None if it is not there."""
    if not base:
        return path
    return path[len(base) + 1 :] if path.startswith(base + b"/") else None
