"""Reads snapshots back and holds every byte against their manifests; what days share is read once."""

import heapq
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from machiya.adapters.snapshots.content import digest_of
from machiya.adapters.snapshots.folders import open_file, open_folder, open_root
from machiya.adapters.snapshots.reading import Found, found_in
from machiya.adapters.snapshots.snapshot import DiskSnapshot
from machiya.backup.manifest import ManifestDamaged
from machiya.backup.model import Entry, EntryType
from machiya.backup.order import key_of, message_key_of, side_by_side
from machiya.backup.verify import Problem, Verified
from machiya.core.progress import Progress

_EVERY = 64


@dataclass(frozen=True, slots=True)
class _Pair:
    """One path of one snapshot: what the manifest says, what is there; or what is wrong with the manifest itself."""

    key: bytes
    snapshot: DiskSnapshot
    said: Entry | None = None
    there: Found | None = None
    damage: str = ""


def check(snapshots: Sequence[DiskSnapshot], progress: Progress) -> Verified:
    """Verify one snapshot, or scrub all of them side by side.

    Raises:
        Cancelled: nothing was changed.
    """
    expected = sum(_size_of(one) for one in snapshots)
    checker = _Checker(progress, expected)
    # All go forward together, so that a file that days share is met in each of them one after the other.
    for pair in heapq.merge(*map(_pairs, snapshots), key=lambda one: one.key):
        checker.look(pair)
    return checker.verified


def _size_of(snapshot: DiskSnapshot) -> int:
    try:
        return snapshot.totals.size_bytes
    except ManifestDamaged:
        return 0


def _pairs(snapshot: DiskSnapshot) -> Iterator[_Pair]:
    with ExitStack() as opened:
        try:
            root = open_root(snapshot.folder)
        except OSError as error:
            yield _Pair(b"", snapshot, damage=f"cannot be read: {error.strerror}")
            return
        opened.callback(os.close, root)
        sides = side_by_side(snapshot.entries(), found_in(root, b""), key_of, lambda one: one.key)
        try:
            for said, there in sides:
                entry_key = message_key_of(said) if said is not None else there.key if there is not None else b""
                yield _Pair(entry_key, snapshot, said, there)
        except ManifestDamaged as error:
            yield _Pair(b"", snapshot, damage=error.message)
        except OSError as error:
            yield _Pair(b"", snapshot, damage=f"cannot be read to its end: {error.strerror}")


@dataclass(slots=True)
class _Checker:
    progress: Progress
    expected: int
    verified: Verified = field(default_factory=Verified)
    _key: bytes = b""
    _read: dict[int, tuple[str, int]] = field(default_factory=dict)
    _passed: int = 0

    def look(self, pair: _Pair) -> None:
        """Judge one path."""
        if pair.key != self._key:
            self._key, self._read = pair.key, {}
        what = pair.damage or self._wrong(pair)
        if what:
            path = pair.said.path if pair.said is not None else pair.there.path if pair.there is not None else b""
            problem = Problem(pair.snapshot.name, path, what)
            self.verified.problems.append(problem)
            self.progress.line(str(problem))
        self.verified.entries += 1
        self._passed += pair.said.size if pair.said is not None else 0
        if self.verified.entries % _EVERY == 0:
            self._tell(0)

    def _wrong(self, pair: _Pair) -> str:
        said, there = pair.said, pair.there
        if said is None:
            return "is not in the manifest"
        if there is None:
            return "is missing"
        if said.type is EntryType.HARD_LINK:
            return _wrong_link(pair.snapshot, said, there)
        if said.type is not there.kind:
            return f"is no {said.type} any more"
        if said.type is EntryType.SYMLINK:
            return "points elsewhere" if said.link != there.link else ""
        return (self._wrong_content(said, there) if said.type is EntryType.FILE else "") or _wrong_attributes(
            said, there
        )

    def _wrong_content(self, said: Entry, there: Found) -> str:
        if said.size != there.status.st_size:
            return f"has {there.status.st_size} bytes, not {said.size}"
        inode = there.status.st_ino
        try:
            if inode not in self._read:
                self._read[inode] = self._digest(there)
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        return "its content changed" if self._read[inode][0] != said.sha256 else ""

    def _digest(self, there: Found) -> tuple[str, int]:
        descriptor = open_file(there.name, there.folder)
        try:
            sha256, size = digest_of(descriptor, self._tell)
        finally:
            os.close(descriptor)
        self.verified.read_bytes += size
        return sha256, size

    def _tell(self, _octets: int) -> None:
        self.progress.step("verify", min(self._passed, self.expected), self.expected, unit="bytes")


def _wrong_attributes(said: Entry, there: Found) -> str:
    """Owners and extended attributes are not asked for: a disk or a user may be unable to keep them.

    Nor is the time of a folder, which tells no more than what is missing in it or too much.
    """
    if said.mode != stat.S_IMODE(there.status.st_mode):
        return f"its mode is {stat.S_IMODE(there.status.st_mode):o}, not {said.mode:o}"
    if said.type is EntryType.FILE and said.mtime_ns != there.status.st_mtime_ns:
        return "its time changed"
    return ""


def _wrong_link(snapshot: DiskSnapshot, said: Entry, there: Found) -> str:
    """Another name of one file is that file."""
    *folders, name = said.link.split(b"/")
    try:
        with ExitStack() as opened:
            here = open_root(snapshot.folder)
            opened.callback(os.close, here)
            for folder in folders:
                here = open_folder(folder, here)
                opened.callback(os.close, here)
            first = os.stat(name, dir_fd=here, follow_symlinks=False)
    except OSError:
        return "its first name is missing"
    return "" if first.st_ino == there.status.st_ino else "is not the same file as its first name"
