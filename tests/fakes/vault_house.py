"""A vault put together for a test: any store, a folder for index and spool, sync and restore."""

from dataclasses import dataclass, field
from pathlib import Path

from fakes.moving_clock import MovingClock
from machiya.adapters.packs.packing import FilePacking
from machiya.adapters.packs.tree import FolderTarget
from machiya.adapters.vault_index.index import SqliteVaultIndex
from machiya.adapters.vault_index.plan import SqliteRestorePlan
from machiya.backup.model import SnapshotName
from machiya.backup.ports import Snapshot
from machiya.backup.vault.catalogue import Catalogue
from machiya.backup.vault.model import ManifestRecord, VaultRules
from machiya.backup.vault.ports import VaultStore
from machiya.backup.vault.restore import Restored, VaultRestore
from machiya.backup.vault.sync import Synced, VaultSync
from machiya.core.clock import Clock
from machiya.core.progress import SILENT, Progress

SMALL = VaultRules(pack_bytes=64 * 1024, parallel=2)


@dataclass
class VaultHouse:
    store: VaultStore
    folder: Path
    clock: Clock = field(default_factory=MovingClock)
    rules: VaultRules = SMALL

    def __post_init__(self) -> None:
        self.spool = self.folder / "spool"
        self.spool.mkdir(parents=True, exist_ok=True)
        self.packing = FilePacking(self.spool)
        self.index = SqliteVaultIndex(self.folder / "index.sqlite3")

    def lose_index(self) -> None:
        self.index.close()
        for path in self.folder.glob("index.sqlite3*"):
            path.unlink()
        self.index = SqliteVaultIndex(self.folder / "index.sqlite3")

    def reopen(self) -> None:
        """As another process after this one died."""
        self.index.close()
        self.index = SqliteVaultIndex(self.folder / "index.sqlite3")

    def sync(self, snapshot: Snapshot, progress: Progress = SILENT) -> Synced:
        return VaultSync(self.store, self.index, self.packing, self.clock, self.rules).run(snapshot, progress)

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.store, self.index, self.packing, self.rules.house)

    def list(self) -> tuple[ManifestRecord, ...]:
        return self.catalogue.refresh(SILENT)

    def restore(self, name: SnapshotName, target: Path, below: bytes = b"", version: str = "") -> Restored:
        record = self.catalogue.choose(self.list(), name, version)
        plan = SqliteRestorePlan()
        try:
            return VaultRestore(self.store, self.packing, self.rules).run(
                record, plan, FolderTarget(target), SILENT, below
            )
        finally:
            plan.close()
