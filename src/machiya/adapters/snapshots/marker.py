"""Which disk is it? A file on the disk and one in the house say that they belong together."""

import json
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machiya.adapters.snapshots.disk_errors import disk_errors, full
from machiya.adapters.snapshots.folders import open_root
from machiya.backup.errors import BackupDiskForeign, BackupDiskMissing, BackupDiskReadOnly, BackupMemoryDamaged
from machiya.core.sizes import format_size

MARKER = "machiya-disk.json"
FORMAT, VERSION = "machiya-disk", 1
_FEWEST_FILES = 1000

Write = Callable[[Path, bytes], None]


@dataclass(frozen=True, slots=True)
class DiskMarker:
    """The mark on the disk at ``root`` and the house's memory of its disks.

    Args:
        house: the house's host name, for people.
        memory: a file of the house: its id and the ids of its backup disks.
        write: writes a file whole or not at all.
        own: folders of the house: without a memory, a folder elsewhere on one of their devices is no second disk.
    """

    root: Path
    house: str
    memory: Path
    write: Write
    own: Sequence[Path] = ()

    def require(self, *, new_disk: bool = False) -> None:
        """It is there and ours; the first disk of a house, and one that a person calls new, is marked now.

        A house without a memory may have lost it: what looks like the mount point of a disk that is away is not marked.

        Raises:
            BackupMemoryDamaged: nobody can tell which disk is the right one.
            BackupDiskMissing: it is not mounted.
            BackupDiskForeign: it is another house's.
            BackupDiskReadOnly: it cannot be marked.
        """
        known, marked = self._known(), self._marked()
        if marked is None:
            self._require_new(known, new_disk=new_disk)
            self._mark(known)
        elif known.get("house_id") not in {None, marked.get("house_id")} or not self._ours(known, marked):
            raise BackupDiskForeign(
                f"the disk at {self.root} holds the snapshots of another house ({marked.get('house')})",
                hint="Mount this house's disk there, or name another folder in storage.backup.",
            )
        elif marked.get("disk_id") not in known.get("disks", ()):
            self._remember(known, marked)

    def require_readable(self) -> None:
        """As ``require``, for whoever only reads: a house that never made a snapshot has none, which is no error.

        Raises:
            BackupDiskMissing: the house knows a disk, and it is not mounted.
        """
        known = self._known()
        if self._marked() is None and known.get("disks"):
            raise self._missing()

    def require_room(self, least: int) -> None:
        """It can be written to and has room.

        Raises:
            BackupDiskReadOnly, BackupDiskFull: as they say.
        """
        with disk_errors(self.root):
            found = os.statvfs(self.root)
        if found.f_flag & os.ST_RDONLY or not os.access(self.root, os.W_OK | os.X_OK):
            raise BackupDiskReadOnly(
                f"the backup disk at {self.root} is read-only",
                hint="Mount it read-write and give the folder to the user that runs this; nothing was written.",
            )
        free = found.f_bavail * found.f_frsize
        if free < least or (found.f_files > 0 and found.f_favail < _FEWEST_FILES):
            raise full(self.root, f"{format_size(free)} are free, backup.minimum_free is {format_size(least)}")

    def shares_device_with(self, folders: Sequence[Path]) -> Path | None:
        """The first of ``folders`` that lies on the same device: what destroys one destroys both."""
        here = self.root.stat().st_dev
        return next((one for one in folders if one.exists() and one.stat().st_dev == here), None)

    def _require_new(self, known: dict[str, Any], *, new_disk: bool) -> None:
        if new_disk:
            return
        if known.get("disks"):
            raise self._missing()
        inside = any(self.root.is_relative_to(folder) for folder in self.own)
        if not inside and (one := self._on_device_of((*self.own, Path("/")) if self.own else ())) is not None:
            raise BackupDiskMissing(
                f"no disk is mounted at {self.root}: it is on the same one as {one}",
                hint="Mount the backup disk. If the snapshots shall be on that disk, run machiya backup run --new-disk "
                "once.",
            )

    def _on_device_of(self, folders: Sequence[Path]) -> Path | None:
        here = next(one for one in (self.root, *self.root.parents) if one.exists()).stat().st_dev
        return next((one for one in folders if one.exists() and one.stat().st_dev == here), None)

    def _missing(self) -> BackupDiskMissing:
        return BackupDiskMissing(
            f"the backup disk is not mounted at {self.root}: there is no {MARKER}",
            hint="Mount it. If it is a new disk, run machiya backup run --new-disk once.",
        )

    def _ours(self, known: dict[str, Any], marked: dict[str, Any]) -> bool:
        """A house that was rebuilt has forgotten its id, not its name."""
        return bool(known.get("house_id")) or marked.get("house") == self.house

    def _mark(self, known: dict[str, Any]) -> None:
        marked = {
            "format": FORMAT,
            "version": VERSION,
            "disk_id": str(uuid.uuid4()),
            "house_id": known.get("house_id") or str(uuid.uuid4()),
            "house": self.house,
        }
        with disk_errors(self.root):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self.root / MARKER
            temporary = path.with_name(f".{MARKER}")
            with temporary.open("w", encoding="utf-8") as file:
                file.write(json.dumps(marked, indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            folder = open_root(self.root)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        self._remember(known, marked)

    def _remember(self, known: dict[str, Any], marked: dict[str, Any]) -> None:
        disks = [*known.get("disks", ()), marked["disk_id"]]
        data = {"house_id": marked["house_id"], "disks": disks}
        self.write(self.memory, json.dumps(data, indent=2).encode() + b"\n")

    def _known(self) -> dict[str, Any]:
        try:
            known = _object(self.memory)
            if known.get("house_id") and isinstance(known.get("disks"), list):
                return known
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._forgotten() from error
        raise self._forgotten()

    def _forgotten(self) -> BackupMemoryDamaged:
        return BackupMemoryDamaged(
            f"{self.memory} is not what Machiya wrote, so that nobody can tell which disk belongs at {self.root}",
            hint=f"Mount the backup disk (there is {MARKER} on it), then remove that file of the house and try again.",
        )

    def _marked(self) -> dict[str, Any] | None:
        try:
            data = _object(self.root / MARKER)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise self._unreadable() from error
        if data.get("format") != FORMAT or not data.get("disk_id") or not data.get("house_id"):
            raise self._unreadable()
        return data

    def _unreadable(self) -> BackupDiskForeign:
        return BackupDiskForeign(
            f"{self.root / MARKER} is not what Machiya wrote",
            hint="Is it the right disk? If it is, remove that file and run machiya backup run --new-disk.",
        )


def _object(path: Path) -> dict[str, Any]:
    data = json.loads(path.read_bytes())
    if not isinstance(data, dict):
        msg = "no object"
        raise ValueError(msg)  # noqa: TRY004 – as json's own, both mean: not what was written
    return data
