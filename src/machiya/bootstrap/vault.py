"""The vault of a house: its store, its index, its spool, as [vault] says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.backup.model import SnapshotName
from machiya.backup.vault.clocks import agreed_now
from machiya.backup.vault.errors import PromiseBroken
from machiya.backup.vault.model import ManifestRecord, VaultRules
from machiya.core.errors import NotFound, Refused
from machiya.core.progress import SILENT, Progress

if TYPE_CHECKING:
    from datetime import datetime

    from machiya.adapters.age.keys import AgeKey
    from machiya.adapters.packs.packing import FilePacking
    from machiya.adapters.vault_index.index import SqliteVaultIndex
    from machiya.adapters.vault_s3.client import Bucket
    from machiya.backup.ports import Snapshot
    from machiya.backup.vault.catalogue import Catalogue
    from machiya.backup.vault.expiry import Collected
    from machiya.backup.vault.ports import VaultStore
    from machiya.backup.vault.promises import Proof
    from machiya.backup.vault.restore import Restored
    from machiya.backup.vault.status import VaultState
    from machiya.backup.vault.sync import Synced
    from machiya.bootstrap import House

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py

_PROVEN = "proven"
_LOCK = "backup"


class NoVault(Refused):
    """[vault] names no store, or the keys to it are missing."""

    code = "no_vault"


class Vault:
    """What ``machiya vault`` does; one process at a time, together with the local backup."""

    def __init__(self, house: "House") -> None:
        self._house, self._settings = house, house.settings.vault

    @property
    def rules(self) -> VaultRules:
        """From the settings."""
        own = self._settings
        return VaultRules(
            lock_days=own.lock_days,
            parallel=own.parallel,
            keep_daily=own.keep_daily,
            keep_weekly=own.keep_weekly,
            alert_days=own.alert_days,
            house=self._house.settings.house.hostname,
        )

    @property
    def locks(self) -> bool:
        """Whether anything is locked in it."""
        return self._settings.provider == "s3"

    def snapshot(self, name: SnapshotName | None = None) -> "Snapshot":
        """A snapshot of the backup disk; None: the newest.

        Raises:
            NotFound: there is none.
        """
        disk = self._house.backups.disk
        found = disk.find(name) if name else disk.newest()
        if found is None:
            raise NotFound("there is no snapshot to put into the vault", hint="machiya backup run takes one.")
        return found

    def missing(self, since: "datetime") -> "tuple[Snapshot, ...]":
        """Finished snapshots of the backup disk taken since then that are not in the vault, newest first."""
        found = [one for one in self._house.backups.disk.snapshots() if one.header.taken_at >= since]
        with self._house.lock(_LOCK), self._index() as index:
            there = {(one.snapshot, one.taken_at) for one in index.manifests() if one.own}
        return tuple(one for one in found if (one.name, one.header.taken_at) not in there)

    def sync(self, snapshot: "Snapshot", progress: Progress = SILENT) -> "Synced":
        """Put a snapshot into the vault; a store that is new is proven first.

        Raises:
            PromiseBroken, ClockSkew, RenewalFailed, VaultUnavailable: nothing was published.
        """
        from machiya.backup.vault.leaflet import leave_leaflet
        from machiya.backup.vault.sync import VaultSync

        with self._house.lock(_LOCK), self._index() as index:
            store = self._begun(index)
            if store.locks and index.note(_PROVEN) != store.name:
                self._require_proofs()
                index.make_note(_PROVEN, store.name)
            done = VaultSync(store, index, self._packing(), self._house.clock, self.rules).run(snapshot, progress)
            leave_leaflet(store, done.locked_until)
            return done

    def check(self) -> "tuple[Proof, ...]":
        """Try every promise of the store; a folder promises nothing.

        Raises:
            VaultUnavailable: it does not answer.
        """
        from machiya.backup.vault.promises import prove

        store = self.store()
        if not store.locks:
            with self._house.lock(_LOCK), self._index() as index:
                self._begun(index).now()
            return ()
        store.now()
        from machiya.adapters.vault_s3.probe import S3Probe
        from machiya.adapters.vault_s3.store import S3Store

        bucket = self._bucket()
        return prove(S3Probe(S3Store(bucket), bucket), self._house.clock, self.rules.lock_days)

    def status(self, progress: Progress = SILENT) -> "VaultState":
        """What it holds, asked from the store."""
        from machiya.backup.vault.status import Prices, VaultStatus

        own = self._settings
        prices = Prices(own.price_gigabyte_month, own.price_thousand_writes, own.price_thousand_reads)
        with self._house.lock(_LOCK), self._index() as index:
            return VaultStatus(self.store(), index, self._packing(), self.rules, prices).read(progress)

    def list(self, progress: Progress = SILENT, recovery: str = "") -> tuple[ManifestRecord, ...]:
        """Every manifest, newest first; with the recovery key also what was sealed for a host key that is gone."""
        with self._house.lock(_LOCK), self._index() as index:
            return self._catalogue(index, self._packing(recovery)).refresh(progress)

    def renew(self, progress: Progress = SILENT) -> int:
        """Lock everything that the kept snapshots need for the whole time from now; how many objects.

        Raises:
            RenewalFailed, VersionGone: naming the first.
        """
        from machiya.backup.vault.clocks import lock_end
        from machiya.backup.vault.renewal import renew_all
        from machiya.backup.vault.status import renewed_for

        store = self.store()
        with self._house.lock(_LOCK), self._index() as index:
            now = agreed_now(store, self._house.clock)
            records = self._catalogue(index, self._packing()).refresh(progress)
            items = renewed_for(index, records, self.rules, now)
            return renew_all(store, items, lock_end(now, now, self.rules.lock_days), self.rules.parallel, progress)

    def collect(self, progress: Progress = SILENT, *, dry: bool = False) -> "Collected":
        """Let go of what no kept snapshot needs."""
        from machiya.backup.vault.expiry import Expiry

        with self._house.lock(_LOCK), self._index() as index:
            expiry = Expiry(self.store(), index, self._packing(), self._house.clock, self.rules)
            return expiry.run(progress, dry=dry)

    def restore(
        self,
        name: SnapshotName,
        target: Path,
        below: bytes = b"",
        version: str = "",
        progress: Progress = SILENT,
        recovery: str = "",
    ) -> "Restored":
        """Write a snapshot, or what lies below a path of it, into a new folder; ``recovery`` as in ``list``.

        Raises:
            NotFound: no such snapshot or path.
            AlreadyExists: the folder holds something.
        """
        from machiya.adapters.packs.tree import FolderTarget
        from machiya.adapters.vault_index.plan import SqliteRestorePlan
        from machiya.backup.vault.restore import VaultRestore

        store, packing = self.store(), self._packing(recovery)
        with self._house.lock(_LOCK), self._index() as index:
            catalogue = self._catalogue(index, packing)
            record = catalogue.choose(catalogue.refresh(progress), name, version)
            plan = SqliteRestorePlan()
            try:
                return VaultRestore(store, packing, self.rules).run(record, plan, FolderTarget(target), progress, below)
            finally:
                plan.close()

    def store(self) -> "VaultStore":
        """The store that the settings name.

        Raises:
            NoVault: they name none, or its keys are missing.
        """
        if self._settings.provider == "none":
            raise NoVault("this house has no vault", hint="Name one in [vault] of machiya.toml: docs/vault.md.")
        if self._settings.provider == "folder":
            from machiya.adapters.vault_folder.store import FolderStore

            return FolderStore(self._settings.folder, self._house.clock)
        from machiya.adapters.vault_s3.bandwidth import Bandwidth
        from machiya.adapters.vault_s3.store import S3Store

        return S3Store(self._bucket(), Bandwidth(self._settings.bandwidth_bytes))

    def _begun(self, index: "SqliteVaultIndex") -> "VaultStore":
        """The store; a folder that this house does not know yet is marked as its vault."""
        from machiya.adapters.vault_folder.store import FolderStore
        from machiya.backup.vault.catalogue import is_learned

        store = self.store()
        if isinstance(store, FolderStore) and not is_learned(index):
            store.begin()
        return store

    def _catalogue(self, index: "SqliteVaultIndex", packing: "FilePacking") -> "Catalogue":
        from machiya.backup.vault.catalogue import Catalogue

        return Catalogue(self.store(), index, packing, self.rules.house)

    def _require_proofs(self) -> None:
        from machiya.backup.vault.promises import require_kept

        try:
            require_kept(self.check(), self.store().name)
        except PromiseBroken as error:
            error.hint += " machiya vault check shows all promises."
            raise

    def _bucket(self) -> "Bucket":
        from machiya.adapters.vault_s3.client import Bucket

        own, secrets = self._settings, self._house.settings.secrets
        key, secret = secrets.vault_access_key_id.get_secret_value(), secrets.vault_secret_access_key.get_secret_value()
        if not (key and secret):
            raise NoVault(
                "the keys of the vault's bucket are not set",
                hint="machiya secret set vault_access_key_id, and vault_secret_access_key.",
            )
        return Bucket(
            own.bucket,
            own.region,
            key,
            secret,
            own.endpoint,
            own.prefix,
            attempts=own.attempts,
            timeout_seconds=own.timeout_seconds,
            connections=own.parallel + 2,
        )

    def _packing(self, recovery: str = "") -> "FilePacking":
        from machiya.adapters.age.keys import AgeKey
        from machiya.adapters.age.sealing import seal_file, unseal_file
        from machiya.adapters.packs.packing import FilePacking

        def seal(source: Path, target: Path) -> None:
            seal_file(source, target, (self._host_key().public, self._house.secrets.recovery().public))

        def unseal(source: Path, target: Path) -> None:
            unseal_file(source, target, self._host_key(), *also)

        also = (AgeKey.parse(recovery),) if recovery else ()
        spool = self._folder("spool")
        return FilePacking(spool, seal if self._settings.encrypt else None, unseal)

    def _host_key(self) -> "AgeKey":
        from machiya.adapters.age.keys import AgeKey

        return AgeKey.parse(self._house.secrets.host_key_path.read_text(encoding="ascii"))

    @contextmanager
    def _index(self) -> "Iterator[SqliteVaultIndex]":
        """One for each store: its versions mean nothing to another."""
        from machiya.adapters.vault_index.index import SqliteVaultIndex

        index = SqliteVaultIndex(self._folder("index") / f"{self._named()}.sqlite3")
        try:
            yield index
        finally:
            index.close()

    def _named(self) -> str:
        from hashlib import sha256

        return sha256(f"{self._settings.endpoint}\n{self.store().name}".encode()).hexdigest()[:16]

    def _folder(self, name: str) -> Path:
        from machiya.adapters.files.house import make_private_folder

        path = self._house.settings.storage.bulk / "vault" / name
        make_private_folder(path)
        return path
