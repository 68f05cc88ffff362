"""Out of the vault again: the whole snapshot or what lies below a path, every byte compared with its hash."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from machiya.backup.manifest import Line
from machiya.backup.model import Entry, EntryType
from machiya.backup.vault.errors import ContentDamaged, VersionGone
from machiya.backup.vault.model import ManifestRecord, ObjectVersion, VaultRules
from machiya.backup.vault.ports import Packing, RestorePlan, RestoreTarget, VaultStore
from machiya.backup.vault.reading import OpenedManifest, opened_manifest
from machiya.core.errors import NotFound, Unauthorized
from machiya.core.progress import Progress

_CHUNK = 1024 * 1024


@dataclass(slots=True)
class Restored:
    """What came back; ``failed``: paths that did not, each with its reason."""

    files: int = 0
    size_bytes: int = 0
    others: int = 0
    failed: list[tuple[bytes, str]] = field(default_factory=list)


class VaultRestore:
    """Writes a snapshot of the vault into a new folder."""

    def __init__(self, store: VaultStore, packing: Packing, rules: VaultRules) -> None:
        self._store, self._packing, self._rules = store, packing, rules

    def run(
        self, record: ManifestRecord, plan: RestorePlan, target: RestoreTarget, progress: Progress, below: bytes = b""
    ) -> Restored:
        """Restore all, or what lies at or below the path ``below``.

        A damaged or lost pack costs what is in it and nothing else; the result names it.

        Raises:
            NotFound: nothing lies at ``below``.
        """
        with opened_manifest(self._store, self._packing, record.object) as manifest:
            result = Restored()
            self._plan(manifest, plan, target, below)
            self._files(plan, target, result, progress)
            for kind in (EntryType.HARD_LINK, EntryType.SYMLINK):
                self._links(manifest, kind, target, below, result)
            for entry in plan.directories():
                target.settle(entry)
                result.others += 1
            return result

    def _plan(self, manifest: OpenedManifest, plan: RestorePlan, target: RestoreTarget, below: bytes) -> None:
        """To the end of the manifest, so that a damaged one is refused before anything was written."""
        found, names = False, dict[bytes, list[Entry]]()
        for line in manifest.reader().lines():
            if _is_below(line.entry.path, below):
                found = True
                if line.entry.type is EntryType.HARD_LINK and not _is_below(line.entry.link, below):
                    names.setdefault(line.entry.link, []).append(line.entry)
                else:
                    plan.add(line)
        if names:  # their first name lies outside of what is restored
            for line in manifest.reader().lines():
                for other in names.get(line.entry.path, ()):
                    plan.add(Line(replace(line.entry, path=other.path), line.placement))
        if below and not found:
            raise NotFound(
                f"nothing lies at {below.decode(errors='replace')} in this snapshot", hint="Look at the path."
            )
        for entry in reversed(list(plan.directories())):
            target.directory(entry)

    def _files(self, plan: RestorePlan, target: RestoreTarget, result: Restored, progress: Progress) -> None:
        packs = plan.packs()
        total = sum(size for _, size in packs)
        with ThreadPoolExecutor(self._rules.parallel) as pool:
            for pack, path in _fetched(pool, packs, self._fetch, self._rules.parallel):
                try:
                    self._from_pack(pack, path, plan, target, result)
                finally:
                    if isinstance(path, Path):
                        path.unlink(missing_ok=True)
                progress.step("restore", result.size_bytes, total, unit="bytes")

    def _fetch(self, pack: ObjectVersion) -> Path | str:
        path = self._packing.new_file()
        try:
            self._store.fetch(pack, path, pack.sha256)
        except (ContentDamaged, VersionGone) as error:
            path.unlink(missing_ok=True)
            return error.message
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _from_pack(
        self, pack: ObjectVersion, path: Path | str, plan: RestorePlan, target: RestoreTarget, result: Restored
    ) -> None:
        if isinstance(path, str):
            result.failed += [(entry.path, path) for _, entry in plan.files(pack)]
            return
        left = plan.files(pack)
        entry: Entry | None = None
        try:
            with self._packing.open(path, sealed=pack.sealed) as stream:
                source = _Forward(stream, pack)
                before: tuple[int, Entry | None] = (-1, None)
                for offset, one in left:
                    entry, same = one, before[1] if before[0] == offset else None
                    if self._file(source, offset, one, target, result, same=same):
                        before = (offset, one)
                    entry = None
        except (ContentDamaged, Unauthorized) as error:  # it cannot be opened, or not be decompressed any further
            lost = ([entry] if entry else []) + [one for _, one in left]
            result.failed += [(one.path, error.message) for one in lost]

    def _file(
        self,
        source: "_Forward",
        offset: int,
        entry: Entry,
        target: RestoreTarget,
        result: Restored,
        *,
        same: Entry | None,
    ) -> bool:
        """``same``: the file before it, which has this content too."""
        try:
            if same is not None and same.sha256 == entry.sha256:
                target.copy(entry, same.path)
            else:
                target.file(entry, source.content(offset, entry))
        except ContentDamaged as error:
            result.failed.append((entry.path, error.message))
            return False
        result.files += 1
        result.size_bytes += entry.size
        return True

    def _links(
        self, manifest: OpenedManifest, kind: EntryType, target: RestoreTarget, below: bytes, result: Restored
    ) -> None:
        """Symlinks last: nothing may be written through one."""
        for line in manifest.reader().lines():
            entry = line.entry
            elsewhere = kind is EntryType.HARD_LINK and not _is_below(entry.link, below)
            if entry.type is kind and _is_below(entry.path, below) and not elsewhere:
                try:
                    target.link(entry)
                    result.others += 1
                except (ContentDamaged, NotFound) as error:
                    result.failed.append((entry.path, error.message))


class _Forward:
    """A decompressed pack, read once from front to back."""

    def __init__(self, stream: BinaryIO, pack: ObjectVersion) -> None:
        self._stream, self._pack, self._at = stream, pack, 0

    def content(self, offset: int, entry: Entry) -> Iterator[bytes]:
        """The content at ``offset``, compared with its hash at its end."""
        digest, left = hashlib.sha256(), entry.size
        self._skip_to(offset)
        while left:
            chunk = self._read(min(left, _CHUNK))
            digest.update(chunk)
            left -= len(chunk)
            yield chunk
        if digest.hexdigest() != entry.sha256:
            raise ContentDamaged(
                f"{self._pack} holds other bytes than the manifest says", hint="Take another snapshot."
            )

    def _skip_to(self, offset: int) -> None:
        if offset < self._at:
            raise ContentDamaged(f"the manifest places contents of {self._pack} over one another")
        while self._at < offset:
            self._read(min(offset - self._at, _CHUNK))

    def _read(self, size: int) -> bytes:
        chunk = self._stream.read(size)
        if not chunk:
            raise ContentDamaged(f"{self._pack} ends too early", hint="Take another snapshot.")
        self._at += len(chunk)
        return chunk


def _fetched(
    pool: ThreadPoolExecutor,
    packs: Sequence[tuple[ObjectVersion, int]],
    fetch: Callable[[ObjectVersion], Path | str],
    ahead: int,
) -> Iterator[tuple[ObjectVersion, Path | str]]:
    """In order, with up to ``ahead`` fetched in advance; after an error nothing stays in the spool."""
    waiting: list[tuple[ObjectVersion, Future[Path | str]]] = []
    rest = iter(packs)
    try:
        while True:
            while len(waiting) < ahead and (following := next(rest, None)) is not None:
                waiting.append((following[0], pool.submit(fetch, following[0])))
            if not waiting:
                return
            pack, future = waiting.pop(0)
            yield pack, future.result()
    finally:
        for _, future in waiting:
            if not future.cancel() and future.exception() is None and isinstance(path := future.result(), Path):
                path.unlink(missing_ok=True)


def _is_below(path: bytes, below: bytes) -> bool:
    return not below or path == below or path.startswith(below.rstrip(b"/") + b"/")
