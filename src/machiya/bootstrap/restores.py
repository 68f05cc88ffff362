"""Restores of one house: to a new folder, or to where it was."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.adapters.snapshots.folders import PRIVATE, open_folder, open_root
from machiya.adapters.snapshots.levels import UNFINISHED_FOLDER
from machiya.adapters.snapshots.manifest_file import totals_of
from machiya.adapters.snapshots.native import sync_file_system
from machiya.adapters.snapshots.restoring import Manner, Restoring
from machiya.backup.errors import RestoreRefused, SnapshotMissing
from machiya.backup.model import Rota
from machiya.backup.restore import Done, Restored, Selection
from machiya.bootstrap.backup_volumes import IN_FLIGHT

if TYPE_CHECKING:
    from machiya.adapters.snapshots.snapshot import DiskSnapshot
    from machiya.backup.ports import FileTree
    from machiya.bootstrap import House
    from machiya.bootstrap.backup import Backups
    from machiya.core.progress import Progress

Tell = Callable[[Done], None]


class Restores:
    """Brings back what a snapshot holds."""

    def __init__(self, backups: "Backups", house: "House") -> None:
        self._backups, self._house = backups, house

    def to_folder(
        self,
        snapshot: "DiskSnapshot",
        selection: Selection,
        target: Path,
        progress: "Progress",
        tell: Tell,
        *,
        only_look: bool,
    ) -> Restored:
        """Into ``target``, with a folder for each source; what is there stays.

        Raises:
            RestoreRefused: not there.
            SnapshotMissing: the snapshot has no such path.
            ManifestDamaged: nothing was written.
            RestoreFailed: the disk is full.
        """
        self.require_whole(snapshot)
        disk = self._backups.root.resolve()
        if target.resolve().is_relative_to(disk):
            raise RestoreRefused(f"{target} is on the backup disk itself", hint="Name a folder elsewhere with --to.")
        if not only_look:
            _make(target)
        manner = Manner(only_look=only_look)
        result = Restored()
        with self._house.lock("backup"):
            self._restore(snapshot, selection, target, manner, progress, tell, result)
        return result

    def to_origin(
        self,
        snapshot: "DiskSnapshot",
        selection: Selection,
        progress: "Progress",
        tell: Tell,
        *,
        replace: bool,
        only_look: bool,
    ) -> Restored:
        """To where it was: missing files come back; another file in a place stays, unless ``replace``.

        Mail that was on its way (``IN_FLIGHT``) is left out unless it is named: it has arrived since.

        Raises:
            RestoreRefused: none of it is a folder of the house.
            SnapshotMissing, ManifestDamaged, RestoreFailed: as ``to_folder``.
        """
        self.require_whole(snapshot)
        touched = [tree for tree in self._backups.sources.trees if _touches(selection, tree.name, snapshot)]
        trees = [tree for tree in touched if selection.paths or tree.name not in IN_FLIGHT]
        self._require_all(selection, trees, snapshot)
        result = Restored(left_out=tuple(tree.name for tree in touched if tree not in trees))
        with self._house.lock("backup"):
            for tree in trees:
                if not only_look:
                    _make(tree.root, UNFINISHED_FOLDER)
                here = Manner(tree.name.encode(), replace, only_look)
                self._restore(snapshot, selection, tree.root, here, progress, tell, result)
        return result

    def save_first(self, progress: "Progress") -> str:
        """A snapshot of now, before something is replaced: today's daily one, or the weekly one where that is there.

        Raises:
            RestoreRefused: both are there, and neither may be replaced.
        """
        today = self._backups.today
        have = {one.rota for one in self._backups.disk.names() if one.day == today}
        free = next((rota for rota in Rota if rota not in have), None)
        if free is None:
            raise RestoreRefused(
                "today's snapshots are both there, so that none of now can be taken before something is replaced",
                hint="Restore to a folder with --to, or machiya backup forget one of today's first.",
            )
        return str(self._backups.take(free, progress, prune=False).name)

    def require_whole(self, snapshot: "DiskSnapshot") -> None:
        """The manifest is whole, to its last line: known before anything is written after it.

        Raises:
            ManifestDamaged: it is not.
        """
        totals_of(snapshot.manifest)

    def _restore(
        self,
        snapshot: "DiskSnapshot",
        selection: Selection,
        target: Path,
        manner: Manner,
        progress: "Progress",
        tell: Tell,
        result: Restored,
    ) -> None:
        source = open_root(snapshot.folder)
        if manner.base:
            source = _entered(source, manner.base)
        total = 0 if selection.paths else snapshot.totals.size_bytes
        written = _Written(progress, total)
        goal = open_root(target) if target.is_dir() else -1
        restoring = Restoring(snapshot.name, source, goal, manner, written.tell)
        for done in restoring.run(snapshot.entries(), selection):
            tell(done)
            result.add(done)
        result.lacking.join(restoring.lacking)
        if not manner.only_look:
            _sync(target)

    def _require_all(self, selection: Selection, trees: "list[FileTree]", snapshot: "DiskSnapshot") -> None:
        names = {tree.name.encode() for tree in trees}
        for one in selection.paths:
            first = one.partition(b"/")[0]
            if first.decode("utf-8", "replace") not in snapshot.header.sources:
                raise SnapshotMissing(
                    f"{snapshot.name} has no {first.decode('utf-8', 'replace')}",
                    hint=f"It has {', '.join(snapshot.header.sources)}.",
                )
            if first not in names:
                raise RestoreRefused(
                    f"{first.decode()} was dumped from something in use, it is no folder of the house",
                    hint="Restore it to a folder with --to.",
                )
        if not trees:
            raise RestoreRefused("nothing of it is a folder of this house", hint="Restore it to a folder with --to.")


class _Written:
    """Tells a progress how much was written."""

    def __init__(self, progress: "Progress", total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def tell(self, octets: int) -> None:
        """So much more."""
        self._done += octets
        self._progress.step("restore", self._done, max(self._total, self._done) if self._total else 0, unit="bytes")


def _touches(selection: Selection, source: str, snapshot: "DiskSnapshot") -> bool:
    name = source.encode()
    wanted = not selection.paths or any(one.partition(b"/")[0] == name for one in selection.paths)
    return wanted and source in snapshot.header.sources


def _entered(root: int, base: bytes) -> int:
    """The folder of a source in the snapshot; -1: it is missing, or cannot be read."""
    try:
        return open_folder(base, root)
    except OSError:
        return -1
    finally:
        os.close(root)


def _make(target: Path, mode: int = PRIVATE) -> None:
    try:
        target.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise RestoreRefused(f"{target}: {error.strerror}", hint="Name another folder with --to.") from error


def _sync(target: Path) -> None:
    descriptor = open_root(target)
    try:
        sync_file_system(descriptor)
    finally:
        os.close(descriptor)
