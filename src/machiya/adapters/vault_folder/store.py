"""A vault in a folder. It has no versions and no locks, and says so."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from machiya.backup.vault.errors import ContentDamaged, VaultUnavailable, VersionGone
from machiya.backup.vault.model import ObjectVersion, StoredVersion
from machiya.core.clock import Clock

MARKER = "machiya-vault.txt"
_PARTIAL = ".partial-"


class FolderStore:
    """Objects are files below ``root``; the disk has to be mounted: ``root`` is never made here.

    A marker in it tells the disk from the empty folder that is there while no disk is.
    """

    locks = False

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root, self._clock = root, clock
        self.name = str(root)

    def begin(self) -> None:
        """Mark the folder as a vault; for the first use of it, for nobody could tell later what was there before.

        Raises:
            VaultUnavailable: it is not there, or holds something else.
        """
        if (self._root / MARKER).exists():
            return
        self._require_folder()
        with _disk(self._root):
            there = {path.name for path in self._root.iterdir() if path.name[0] not in ".@"} - {"lost+found"}
            if there and "manifests" not in there:
                raise VaultUnavailable(
                    f"{self.name} holds something else: {min(there)}", hint="Name an empty folder in vault.folder."
                )
            text = "The vault of a house: do not delete. Without this file Machiya takes the disk for not mounted.\n"
            (self._root / MARKER).write_text(text, encoding="utf-8")
            _sync(self._root)

    def now(self) -> datetime:
        """A folder has no clock of its own."""
        self._require()
        return self._clock.now().replace(microsecond=0)

    def put(self, key: str, source: Path, sha256: str, until: datetime) -> str:  # noqa: ARG002 – nothing locks here
        """Copy a file, whole or not at all; what has this name has these bytes, or is replaced."""
        self._require()
        target = self._root / key
        if target.is_file() and _digest(target) == sha256:
            return ""
        with _disk(target):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=_PARTIAL, dir=target.parent)
            try:
                with open(descriptor, "wb") as copy, source.open("rb") as file:  # noqa: PTH123 – a descriptor
                    shutil.copyfileobj(file, copy)
                    copy.flush()
                    os.fsync(copy.fileno())
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            _sync(target.parent)
        return ""

    def fetch(self, item: ObjectVersion, target: Path, sha256: str) -> None:
        """Copy it out and compare."""
        self._existing(item)
        with _disk(target):
            shutil.copyfile(self._root / item.key, target)
        if _digest(target) != sha256:
            target.unlink(missing_ok=True)
            raise ContentDamaged(f"{item} in {self.name} is damaged", hint="Take it from another copy, or sync again.")

    def locked_until(self, item: ObjectVersion) -> datetime | None:
        """Never locked, but it has to be there."""
        self._existing(item)
        return None

    def renew(self, item: ObjectVersion, until: datetime) -> None:  # noqa: ARG002 – as above
        """Nothing to renew."""
        self._existing(item)

    def versions(self, prefix: str) -> Iterator[StoredVersion]:
        """Every file."""
        self._require()
        for path in sorted((self._root / prefix).rglob("*")):
            if path.is_file() and not path.name.startswith(_PARTIAL):
                found = path.stat()
                item = ObjectVersion(path.relative_to(self._root).as_posix(), "")
                yield StoredVersion(item, found.st_size, datetime.fromtimestamp(int(found.st_mtime), UTC), latest=True)

    def hide(self, key: str) -> None:
        """Delete: there is nothing that a marker could hide."""
        self._require()
        with _disk(self._root / key):
            (self._root / key).unlink(missing_ok=True)

    def abort_unfinished(self, before: datetime) -> int:
        """Remove what killed runs left."""
        self._require()
        found = [path for path in self._root.rglob(f"{_PARTIAL}*") if path.stat().st_mtime < before.timestamp()]
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _existing(self, item: ObjectVersion) -> None:
        self._require()
        if not (self._root / item.key).is_file():
            raise VersionGone(f"{item} is not in {self.name}", hint="Look who deleted it; nothing locks a folder.")

    def _require(self) -> None:
        self._require_folder()
        if not (self._root / MARKER).is_file():
            raise VaultUnavailable(
                f"{self.name} is not the vault: there is no {MARKER}",
                hint="Mount the disk of the vault. A new one is begun by machiya vault check, a known one is not.",
            )

    def _require_folder(self) -> None:
        if not self._root.is_dir():
            raise VaultUnavailable(
                f"{self.name} is not there", hint="Mount the disk of the vault, or make the folder once by hand."
            )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VaultUnavailable(
            f"{path}: {error.strerror}", hint="Look at the disk of the vault: is it full, read-only, unmounted?"
        ) from error
