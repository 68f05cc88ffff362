"""Snapshots of a folder of the test, without a house: sources, a disk, days."""

# ruff: noqa: PTH115, PTH118, PTH123 – names are bytes here, pathlib takes text

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from machiya.adapters.snapshots.checking import check
from machiya.adapters.snapshots.disk import SnapshotDisk
from machiya.adapters.snapshots.draft import DiskInUse
from machiya.adapters.snapshots.folders import open_root
from machiya.adapters.snapshots.restoring import Manner, Restoring
from machiya.adapters.snapshots.snapshot import DiskSnapshot
from machiya.backup.model import Header, Omission, Rota, SnapshotName
from machiya.backup.ports import Dumper, FileTree, Sources
from machiya.backup.restore import Done, Selection
from machiya.backup.retention import Retention
from machiya.backup.run import Taken, in_order, take
from machiya.core.progress import SILENT, Progress

FIRST_DAY = date(2026, 11, 1)
LONG_AGO_NS = 1_700_000_000_123_456_789
MESSAGE = "home.test/you/Maildir/cur/1700000000.abc.machiya,S=6:2,"


@dataclass
class Dump:
    """Dumps what it is told to."""

    name: str = "databases"
    content: bytes = b"CREATE TABLE one;\n"
    what: tuple[str, str] = ("the databases", "データベース")
    failure: Exception | None = None

    def dump(self, target: Path, progress: Progress) -> None:
        progress.step(self.name, 1)
        (target / "one.sql").write_bytes(self.content)
        if self.failure is not None:
            raise self.failure


@dataclass
class Yard:
    """A source ``mail`` and a backup disk below one folder."""

    root: Path
    dumpers: Sequence[Dumper] = ()
    omitted: tuple[Omission, ...] = ()
    maildirs: bool = True
    retention: Retention = field(default_factory=Retention)
    now: Callable[[], datetime] = lambda: datetime.now(tz=UTC)

    def __post_init__(self) -> None:
        self.source, self.disk_root = self.root / "source", self.root / "disk"
        self.source.mkdir(exist_ok=True)
        self.disk_root.mkdir(exist_ok=True)

    @property
    def disk(self) -> SnapshotDisk:
        return SnapshotDisk(self.disk_root)

    @property
    def sources(self) -> Sources:
        tree = FileTree("mail", self.source, ("mail", "メール"), self.omitted, self.maildirs)
        return Sources(self.dumpers, (tree,))

    def take(
        self, day: int | date = 0, rota: Rota = Rota.DAILY, progress: Progress = SILENT, *, accept_empty: bool = False
    ) -> Taken:
        when = FIRST_DAY + timedelta(days=day) if isinstance(day, int) else day
        names = tuple(one.name for one in in_order(self.sources))
        header = Header(SnapshotName(when, rota), "home.test", self.now(), names, self.omitted, "test")
        with self.disk.opened() as root:
            used = DiskInUse(self.disk, root, progress, self.now(), accept_empty=accept_empty)
            with used.open:
                return take(used, self.sources, header, self.retention, progress)

    def newest(self) -> DiskSnapshot:
        found = self.disk.newest()
        assert found is not None
        return found

    def snapshot(self, day: int, rota: Rota = Rota.DAILY) -> DiskSnapshot:
        return self.disk.find(SnapshotName(FIRST_DAY + timedelta(days=day), rota))

    def saved(self, day: int) -> Path:
        return self.snapshot(day).folder / "mail"

    def problems(self, *days: int) -> list[str]:
        return [str(one) for one in check([self.snapshot(day) for day in days], SILENT).problems]

    def restore(
        self,
        snapshot: DiskSnapshot,
        target: Path,
        *paths: bytes,
        manner: Manner = Manner(),  # noqa: B008 – frozen
        tell: Callable[[int], None] = lambda _octets: None,
    ) -> list[Done]:
        target.mkdir(exist_ok=True)
        source = open_root(snapshot.folder / manner.base.decode())
        restoring = Restoring(snapshot.name, source, open_root(target), manner, tell)
        return list(restoring.run(snapshot.entries(), Selection(paths)))


def old(path: Path, when_ns: int = LONG_AGO_NS) -> Path:
    """Last changed long ago: what was written within two seconds of a run is read again by the next."""
    os.utime(path, ns=(when_ns, when_ns), follow_symlinks=False)
    return path


def write(path: Path, content: bytes = b"hello\n", when_ns: int = LONG_AGO_NS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return old(path, when_ns)


Facts = tuple[object, ...]


def facts(root: Path) -> dict[bytes, Facts]:
    """Everything a restore must bring back, by path: type, mode, owner, time, content, links, attributes."""
    found: dict[bytes, Facts] = {}
    names: dict[int, bytes] = {}
    top = os.fsencode(root)
    for folder, folders, files in os.walk(top):
        for path in (os.path.join(folder, one) for one in sorted(folders + files)):
            status = os.lstat(path)
            first = names.setdefault(status.st_ino, path) if stat.S_ISREG(status.st_mode) else path
            found[path[len(top) + 1 :]] = (
                stat.S_IFMT(status.st_mode),
                stat.S_IMODE(status.st_mode),
                status.st_uid,
                status.st_gid,
                status.st_mtime_ns,
                first[len(top) + 1 :],
                _content(path, status),
                _xattrs(path),
            )
    return found


def _content(path: bytes, status: os.stat_result) -> bytes:
    if stat.S_ISLNK(status.st_mode):
        return os.readlink(path)
    if not stat.S_ISREG(status.st_mode):
        return b""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _xattrs(path: bytes) -> list[tuple[str, bytes]]:
    names = os.listxattr(path, follow_symlinks=False)
    return [(name, os.getxattr(path, name, follow_symlinks=False)) for name in sorted(names)]


def inode(path: Path) -> int:
    """Which file a name is a name of."""
    return path.lstat().st_ino
