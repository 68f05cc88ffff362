"""What the vault needs from outside: the store, the local index, packing, and a place to restore to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from machiya.backup.manifest import Line
from machiya.backup.model import Entry, Placement
from machiya.backup.vault.model import (
    Expected,
    ManifestRecord,
    Member,
    ObjectVersion,
    Spooled,
    StoredVersion,
)


class VaultStore(Protocol):
    """Objects with versions, locks and a clock of their own. All methods may be called from several threads.

    Every method raises ``VaultUnavailable`` where the store does not answer.
    """

    @property
    def name(self) -> str:
        """For a person: ``s3://bucket/prefix``."""

    @property
    def locks(self) -> bool:
        """Whether anything is locked here at all."""

    def now(self) -> datetime:
        """The store's clock, asked now, whole seconds."""

    def put(self, key: str, source: Path, sha256: str, until: datetime) -> str:
        """Store a file, locked from its first moment; its version.

        Nothing is stored twice: where these bytes lie under this key already, theirs is the version; its lock is the
        caller's business.
        """

    def fetch(self, item: ObjectVersion, target: Path, sha256: str) -> None:
        """Write exactly this version into a new file.

        Raises:
            VersionGone: it is not there.
            ContentDamaged: after several tries the bytes still are not those of ``sha256``.
        """

    def locked_until(self, item: ObjectVersion) -> datetime | None:
        """Until when nobody can delete it, read from the store; None: not locked.

        Raises:
            VersionGone: it is not there.
        """

    def renew(self, item: ObjectVersion, until: datetime) -> None:
        """Lock it longer.

        Raises:
            VersionGone: it is not there.
        """

    def versions(self, prefix: str) -> Iterator[StoredVersion]:
        """Every version below ``prefix``, also those hidden behind a delete marker or a newer version."""

    def hide(self, key: str) -> None:
        """Delete without a version: a marker, which the lifecycle of the bucket follows once the lock has ended."""

    def abort_unfinished(self, before: datetime) -> int:
        """Give up uploads in parts that began before then; how many."""


class VaultIndex(Protocol):
    """A local cache: which content lies where. Lost without harm: it is read again from the manifests."""

    def expect(self, contents: Iterable[tuple[str, int]]) -> Expected:
        """Compare with what a snapshot needs (sha256 and size, repeated ones too); begins a new comparison."""

    def expect_again(self, packs: Iterable[ObjectVersion]) -> None:
        """Take what the snapshot needs of these packs for missing, so that it is packed anew."""

    def take_missing(self, sha256: str) -> bool:
        """Whether it was still missing; from now on it is not."""

    def find(self, sha256: str) -> Placement | None:
        """Where a content is."""

    def add_pack(self, pack: ObjectVersion, members: Sequence[Member]) -> None:
        """A pack was stored; durable at once."""

    def forget(self, pack: ObjectVersion) -> None:
        """What was in it is missing from now on."""

    def add_manifest(
        self, record: ManifestRecord, packs: Iterable[ObjectVersion], contents: Iterable[Line] = ()
    ) -> None:
        """A manifest lies in the vault and needs these packs; ``contents``: learn from its lines where content is."""

    def manifests(self) -> tuple[ManifestRecord, ...]:
        """All that are known."""

    def add_fault(self, item: ObjectVersion, fault: str) -> None:
        """A version that is no manifest and never will be one, so that it is not fetched again."""

    def faults(self) -> Mapping[ObjectVersion, str]:
        """All that are known."""

    def packs_of(self, manifest: ObjectVersion) -> tuple[ObjectVersion, ...]:
        """What it needs."""

    def note(self, name: str) -> str:
        """A remark; empty: none."""

    def make_note(self, name: str, text: str) -> None:
        """Keep a remark."""


class PackBuilder(Protocol):
    """A pack being written on the local disk."""

    @property
    def content_bytes(self) -> int:
        """What is in it so far, before compression."""

    def add(self, sha256: str, size: int, content: BinaryIO) -> None:
        """The next member.

        Raises:
            SnapshotChanged: the content has another hash or size.
        """

    def finish(self) -> tuple[Spooled, Sequence[Member]]:
        """Whole, durable enough to be uploaded."""

    def discard(self) -> None:
        """Leave nothing."""


class LineSink(Protocol):
    """A manifest being written on the local disk."""

    def write(self, data: bytes) -> object:
        """The next line."""

    def finish(self) -> Spooled:
        """Whole."""

    def discard(self) -> None:
        """Leave nothing."""


class Packing(Protocol):
    """tar, zstd and, where wanted, age; over files in a spool folder."""

    def pack(self) -> PackBuilder:
        """Begin a pack."""

    def lines(self) -> LineSink:
        """Begin a manifest."""

    def open(self, path: Path, *, sealed: bool) -> AbstractContextManager[BinaryIO]:
        """The decompressed bytes of a pack or manifest.

        Raises:
            ContentDamaged: at the byte where it shows.
        """

    def new_file(self) -> Path:
        """A name in the spool that nothing has yet."""

    def clean(self) -> None:
        """Remove what killed runs left in the spool."""


class RestorePlan(Protocol):
    """What is to be restored, sorted by pack; on disk, for it may be a million files."""

    def add(self, line: Line) -> None:
        """A file or directory of the manifest."""

    def packs(self) -> Sequence[tuple[ObjectVersion, int]]:
        """The packs that are needed and how many bytes of files come from each."""

    def files(self, pack: ObjectVersion) -> Iterator[tuple[int, Entry]]:
        """Offset and file, in the order of the pack."""

    def directories(self) -> Iterator[Entry]:
        """The deepest first."""


class RestoreTarget(Protocol):
    """A new folder that a snapshot is written into."""

    def directory(self, entry: Entry) -> None:
        """Make it; its mode and times come with ``settle``."""

    def file(self, entry: Entry, content: Iterable[bytes]) -> None:
        """Write it, whole or not at all: an error of ``content`` leaves nothing."""

    def copy(self, entry: Entry, source: bytes) -> None:
        """As ``file``, with the content of ``source``, a path that was written already."""

    def link(self, entry: Entry) -> None:
        """A symlink or another name of a file."""

    def settle(self, entry: Entry) -> None:
        """Mode, owner and times of a directory, once all is in it."""
