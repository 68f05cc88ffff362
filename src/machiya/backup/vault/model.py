"""What lies in the vault: versions of objects, packs, manifests, and how their keys are written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from machiya.backup.model import SnapshotName
from machiya.core.errors import InvalidInput

PACKS, MANIFESTS, CHECKS = "packs/", "manifests/", "checks/"
_SHA256 = re.compile(r"([0-9a-f]{64})\.(?:tar|jsonl)\.zst")
_MANIFEST = re.compile(
    r"manifests/((?:daily|weekly)/[0-9-]{10})/([0-9]{8}T[0-9]{6}Z)\.[0-9a-f]{64}\.jsonl\.zst(?:\.age)?"
)


@dataclass(frozen=True, slots=True, order=True)
class ObjectVersion:
    """One version of one object; ``version`` is empty in a vault without versions (a directory)."""

    key: str
    version: str

    def __str__(self) -> str:
        return f"{self.key} (version {self.version})" if self.version else self.key

    @property
    def sha256(self) -> str:
        """Of the object's bytes, as its key says.

        Raises:
            InvalidInput: not the key of a pack or manifest.
        """
        found = _SHA256.search(self.key)
        if not found:
            raise InvalidInput(f"{self.key} is no key of the vault", hint="docs/format/vault.md describes them.")
        return found[1]

    @property
    def sealed(self) -> bool:
        """Encrypted with age."""
        return self.key.endswith(".age")


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as the store lists it.

    Args:
        stored_at: by the store's own clock.
        latest: what a reader without a version gets; nothing that matters here.
    """

    object: ObjectVersion
    size_bytes: int
    stored_at: datetime
    latest: bool


@dataclass(frozen=True, slots=True)
class Spooled:
    """A pack or manifest on the local disk, ready to be uploaded; ``suffix`` is ``.age`` where it is encrypted."""

    path: Path
    sha256: str
    size_bytes: int
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One content in a pack: where it begins after decompression, and its size, bytes."""

    sha256: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class PackUse:
    """A pack that a snapshot needs, and how much of what is in it."""

    pack: ObjectVersion
    needed_bytes: int
    content_bytes: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What a snapshot needs: contents that are in no pack yet, and the packs that hold the rest."""

    missing: int
    missing_bytes: int
    packs: tuple[PackUse, ...]


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """A manifest in the vault.

    Args:
        taken_at: when its snapshot was taken.
        stored_at: when the vault got it, by the store's clock.
        own: this house remembers having published it; else it was found there (after a loss of the index, or forged).
        adopted: it was there when the index was made, so it is taken for one of this house's: renewed, and kept.
        house: who took it, as its header says.
        foreign: that is another house.
        fault: why it cannot be used; empty: it can.
    """

    object: ObjectVersion
    snapshot: SnapshotName
    taken_at: datetime
    stored_at: datetime
    entries: int = 0
    size_bytes: int = 0
    own: bool = False
    fault: str = ""
    adopted: bool = False
    house: str = ""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class VaultRules:
    """What the settings say.

    Args:
        lock_days: how long everything that a snapshot needs stays locked after it.
        pack_bytes: content that one pack holds; a larger file is a pack alone.
        keep_daily: newest daily snapshots that are kept, ``keep_weekly``: weekly ones.
        alert_days: a smaller remaining lock of the newest snapshot is told.
        house: whose snapshots are meant; empty: anybody's.
    """

    lock_days: int = 30
    pack_bytes: int = 64 * 1024 * 1024
    parallel: int = 4
    keep_daily: int = 30
    keep_weekly: int = 8
    alert_days: int = 25
    house: str = ""


def pack_key(spooled: Spooled) -> str:
    """``packs/<sha256 of its bytes>.tar.zst``."""
    return f"{PACKS}{spooled.sha256}.tar.zst{spooled.suffix}"


def manifest_key(snapshot: SnapshotName, taken_at: datetime, spooled: Spooled) -> str:
    """``manifests/daily/2026-11-29/20261129T030000Z.<sha256 of its bytes>.jsonl.zst``."""
    moment = taken_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{MANIFESTS}{snapshot}/{moment}.{spooled.sha256}.jsonl.zst{spooled.suffix}"


def parse_manifest_key(key: str) -> tuple[SnapshotName, datetime] | None:
    """Snapshot and time of a manifest's key; None: it is no such key."""
    found = _MANIFEST.fullmatch(key)
    if not found:
        return None
    try:
        moment = datetime.strptime(found[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return SnapshotName.parse(found[1]), moment
    except (ValueError, InvalidInput):
        return None


def newest_first(records: Sequence[ManifestRecord]) -> tuple[ManifestRecord, ...]:
    """By the time of the snapshot, then by when they were stored."""
    return tuple(sorted(records, key=lambda one: (one.taken_at, one.stored_at), reverse=True))
