"""A snapshot in the making: ``.partial-daily-2026-11-29`` until its last byte is durable."""

import os
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from machiya.adapters.snapshots.copier import Known, TreeCopy
from machiya.adapters.snapshots.copying import Place
from machiya.adapters.snapshots.disk import SnapshotDisk, draft_name
from machiya.adapters.snapshots.disk_errors import disk_errors, tells_full
from machiya.adapters.snapshots.folders import names_in, open_root, remove
from machiya.adapters.snapshots.manifest_file import MANIFEST, ManifestOut, header_of, readable_lines_of
from machiya.adapters.snapshots.native import sync_file_system
from machiya.adapters.snapshots.omitting import omits
from machiya.adapters.snapshots.tally import Tally
from machiya.adapters.snapshots.walk import copy_tree, make_folder, open_if_there
from machiya.backup.errors import BackupDiskFull, SourceMissing
from machiya.backup.manifest import ManifestDamaged, ManifestWriter
from machiya.backup.model import Header, SnapshotName, Totals
from machiya.backup.order import Earlier, folder_key
from machiya.backup.ports import Dumper, FileTree
from machiya.backup.run import Note
from machiya.core.errors import MachiyaError
from machiya.core.progress import Progress

DUMPS, RESUMED = ".dumps", ".resumed.jsonl.zst"
_OWN = frozenset({MANIFEST, DUMPS, RESUMED})


class DiskDraft:
    """Made by ``DiskInUse.begin``; leaves nothing open once it is closed.

    Args:
        disk: where it will be.
        root: descriptor of the disk's folder.
        now: decides which drafts are too old to go on with.
        accept_empty: a source that is empty and was not is saved as empty.
    """

    def __init__(
        self, disk: SnapshotDisk, root: int, header: Header, progress: Progress, now: datetime, *, accept_empty: bool
    ) -> None:
        self._disk, self._root, self._header, self._accept_empty = disk, root, header, accept_empty
        self._open = ExitStack()
        disk.clear(root, now)
        self._resuming, self._useless = disk.take_up(root, header.snapshot), False
        self._folder = make_folder(draft_name(header.snapshot), root)
        self._open.callback(os.close, self._folder)
        self._before = disk.newest_good()
        self._tally = Tally(progress, self._before.totals.size_bytes if self._before is not None else 0)
        self._copier = self._prepared(resumed=self._resuming)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Interrupted: what is there waits for the next run. A full disk: it goes, so that there is room again.

        So does one without anything but dumps, of which one failed.
        """
        self._out.close()
        self._open.close()
        if self._useless or isinstance(error, BackupDiskFull):
            with suppress(OSError):
                remove(draft_name(self._header.snapshot), self._root)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was not saved as it should be."""
        return tuple(self._tally.notes)

    @property
    def path(self) -> Path:
        """Where it is for now."""
        return self._disk.root / draft_name(self._header.snapshot)

    def dump(self, dumper: Dumper, progress: Progress) -> None:
        """Into a folder of its own; ``save`` takes it in."""
        with disk_errors(self._disk.root):
            os.close(make_folder(DUMPS, self._folder))
            target = self.path / DUMPS / dumper.name
            target.mkdir(mode=0o700)
            try:
                dumper.dump(target, progress)
            except (MachiyaError, OSError) as error:
                self._useless = not self._resuming or tells_full(error)
                raise

    def save(self, source: Dumper | FileTree, progress: Progress) -> None:
        """Copy a tree, or take in what was dumped."""
        progress.line(f"{source.name}: {source.what[0]}")
        with disk_errors(self._disk.root):
            if isinstance(source, FileTree):
                self._save_tree(source)
            else:
                folder = self.path / DUMPS / source.name
                self._save(source.name, open_root(folder), FileTree(source.name, folder, source.what), dumped=True)

    def finish(self) -> Totals:
        """Durable, then named."""
        with disk_errors(self._disk.root):
            for left in (DUMPS, RESUMED):
                remove(left, self._folder)
            self._note_missing_sources()
            totals = self._copier.writer.finish(self._tally.lost)
            self._out.finish()
            os.fchmod(self._folder, 0o700)
            sync_file_system(self._folder)
            self._disk.publish(self._header.snapshot, self._root)
        self._tell_rest()
        return totals

    def _save_tree(self, tree: FileTree) -> None:
        try:
            root = open_root(tree.root)
        except OSError as error:
            raise SourceMissing(
                f"{tree.name} cannot be saved: {tree.root}: {error.strerror}",
                hint="Is its disk mounted? No snapshot was made; the older ones are as they were.",
            ) from error
        if not self._accept_empty and not any(names_in(root)) and self._had(tree.name):
            os.close(root)
            raise SourceMissing(
                f"{tree.name} is empty and was not in the last snapshot: {tree.root}",
                hint="Is its disk mounted? If it is right that it is empty, run it again with --accept-empty.",
            )
        self._save(tree.name, root, tree)

    def _note_missing_sources(self) -> None:
        """What the last snapshot without losses had; after one with losses it is missed still."""
        before = None if self._accept_empty else self._disk.newest(whole=True)
        for name in sorted(set(before.header.sources if before is not None else ()) - set(self._header.sources)):
            self._tally.note(
                name.encode(), "not saved: its folder is gone; --accept-empty once if that is right", lost=True
            )

    def _had(self, name: str) -> bool:
        return self._copier.earlier.entries.holds_below(folder_key(name.encode()))

    def _save(self, name: str, source: int, tree: FileTree, *, dumped: bool = False) -> None:
        with ExitStack() as opened:
            opened.callback(os.close, source)
            target = make_folder(name, self._folder)
            opened.callback(os.close, target)
            earlier = open_if_there(name, self._earlier_root)
            if earlier >= 0:
                opened.callback(os.close, earlier)
            place = Place(name.encode(), source, target, earlier)
            copy_tree(self._copier, place, maildirs=tree.maildirs, omits=omits(name, tree.omitted), dumped=dumped)

    def _prepared(self, *, resumed: bool) -> TreeCopy:
        known = self._resumed() if resumed else None
        self._sweep()
        self._out = ManifestOut(self._folder, lambda: sync_file_system(self._folder))
        self._earlier_root = open_if_there(str(self._before.name), self._root) if self._before is not None else -1
        if self._earlier_root >= 0:
            self._open.callback(os.close, self._earlier_root)
        status = os.fstat(self._root)
        return TreeCopy(
            root=self._folder,
            disk=(status.st_dev, status.st_ino),
            writer=ManifestWriter(self._out.write, self._header),
            tally=self._tally,
            earlier=self._earlier(),
            checkpoint=self._out.checkpoint,
            resumed=known,
        )

    def _earlier(self) -> Known:
        return self._known(self._before.manifest) if self._before is not None else Known(Earlier(()), 0)

    def _resumed(self) -> Known | None:
        """What the interrupted run (or the one before it) saved for sure."""
        there = [name for name in (MANIFEST, RESUMED) if (self.path / name).exists()]
        if not there:
            return Known(Earlier(()), 0)
        longest = max(there, key=lambda name: sum(1 for _ in readable_lines_of(self.path / name)))
        if longest == MANIFEST:
            os.rename(MANIFEST, RESUMED, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        return self._known(self.path / RESUMED)

    def _known(self, manifest: Path) -> Known:
        try:
            taken_at = header_of(manifest).taken_at
        except ManifestDamaged:
            return Known(Earlier(()), 0)
        lines = readable_lines_of(manifest)
        self._open.callback(lines.close)  # else it would keep the disk busy for as long as an error is looked at
        return Known(Earlier(lines), int(taken_at.timestamp()) * 1_000_000_000)

    def _sweep(self) -> None:
        """Of an interrupted run only the sources of this one stay, and never its dumps."""
        others, folders = names_in(self._folder)
        for name in (*others, *folders):
            if name != RESUMED.encode() and name.decode("utf-8", "replace") not in self._header.sources:
                remove(name, self._folder)

    def _tell_rest(self) -> None:
        if self._tally.skips:
            self._tally.progress.line(f"{self._tally.skips} sockets, pipes or devices are not saved")
        if self._tally.other_owners:
            self._tally.progress.line(
                f"{self._tally.other_owners} copies could not get their owner or attributes; the manifest has them"
            )


class DiskInUse:
    """The disk for one run: what ``take`` needs.

    Args:
        root: descriptor of the disk's folder, held open for the whole run.
    """

    def __init__(
        self, disk: SnapshotDisk, root: int, progress: Progress, now: datetime, *, accept_empty: bool = False
    ) -> None:
        self._disk, self._root, self._progress, self._now = disk, root, progress, now
        self._accept_empty = accept_empty
        self.open = ExitStack()

    def begin(self, header: Header) -> DiskDraft:
        """Start one, or go on with one that was interrupted."""
        with disk_errors(self._disk.root):
            draft = DiskDraft(
                self._disk, self._root, header, self._progress, self._now, accept_empty=self._accept_empty
            )
        return self.open.enter_context(draft)

    def names(self) -> tuple[SnapshotName, ...]:
        """All finished ones."""
        return self._disk.names()

    def delete(self, name: SnapshotName) -> None:
        """For good."""
        self._disk.delete(name)
