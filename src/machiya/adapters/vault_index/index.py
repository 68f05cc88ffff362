"""The index of the vault on the local disk."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from machiya.adapters.vault_index.tables import connect
from machiya.backup.manifest import Line
from machiya.backup.model import Placement, SnapshotName
from machiya.backup.vault.errors import SpoolFailed
from machiya.backup.vault.model import Expected, ManifestRecord, Member, ObjectVersion, PackUse

_MISSING = (
    "INSERT INTO missing SELECT sha256 FROM wanted WHERE NOT EXISTS "
    "(SELECT 1 FROM contents WHERE contents.sha256 = wanted.sha256)"
)
_PACKS = (
    "SELECT packs.key, packs.version, sum(wanted.size), "
    "(SELECT sum(size) FROM contents AS held WHERE held.pack = packs.id) "
    "FROM wanted JOIN contents USING (sha256) JOIN packs ON packs.id = contents.pack GROUP BY packs.id"
)
_COLUMNS = "key, version, snapshot, taken_at, stored_at, entries, size_bytes, own, adopted, house"
_AGAIN = (
    "INSERT OR IGNORE INTO missing "
    "SELECT wanted.sha256 FROM wanted JOIN contents USING (sha256) WHERE contents.pack = ?"
)


class SqliteVaultIndex:
    """Keeps what the vault holds; from one thread only, one process at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def expect(self, contents: Iterable[tuple[str, int]]) -> Expected:
        """Compare with what a snapshot needs; begins a new comparison."""
        run = self._connection.execute
        with self._transaction():
            run("DELETE FROM wanted")
            run("DELETE FROM missing")
            rows = ((bytes.fromhex(sha256), size) for sha256, size in contents)
            self._connection.executemany("INSERT OR IGNORE INTO wanted VALUES (?, ?)", rows)
            run(_MISSING)
        count, size = run("SELECT count(*), coalesce(sum(size), 0) FROM missing JOIN wanted USING (sha256)").fetchone()
        packs = tuple(PackUse(ObjectVersion(*row[:2]), row[2], row[3]) for row in run(_PACKS))
        return Expected(count, size, packs)

    def expect_again(self, packs: Iterable[ObjectVersion]) -> None:
        """Take what the snapshot needs of these packs for missing."""
        with self._transaction():
            for pack in packs:
                self._connection.execute(_AGAIN, (self._pack_id(pack),))

    def take_missing(self, sha256: str) -> bool:
        """Whether it was still missing; from now on it is not."""
        return self._connection.execute("DELETE FROM missing WHERE sha256 = ?", (bytes.fromhex(sha256),)).rowcount > 0

    def find(self, sha256: str) -> Placement | None:
        """Where a content is."""
        row = self._one(
            "SELECT key, version, offset FROM contents JOIN packs ON packs.id = contents.pack WHERE sha256 = ?",
            bytes.fromhex(sha256),
        )
        return Placement(*row) if row else None

    def add_pack(self, pack: ObjectVersion, members: Sequence[Member]) -> None:
        """A pack was stored; durable at once."""
        with self._transaction():
            number = self._pack_id(pack)
            rows = ((bytes.fromhex(one.sha256), number, one.offset, one.size) for one in members)
            self._connection.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)", rows)

    def forget(self, pack: ObjectVersion) -> None:
        """What was in it is missing from now on; manifests that need it are read and judged anew."""
        with self._transaction():
            number = self._pack_id(pack)
            users = "SELECT manifest FROM uses WHERE pack = ?"
            self._connection.execute("DELETE FROM contents WHERE pack = ?", (number,))
            self._connection.execute(f"UPDATE manifests SET own = 0, adopted = 0 WHERE id IN ({users})", (number,))  # noqa: S608 – no value in it

    def add_manifest(
        self, record: ManifestRecord, packs: Iterable[ObjectVersion], contents: Iterable[Line] = ()
    ) -> None:
        """A manifest lies in the vault; what an earlier one said of a content stays."""
        with self._transaction():
            row = (
                record.object.key,
                record.object.version,
                str(record.snapshot),
                record.taken_at.isoformat(),
                record.stored_at.isoformat(),
                record.entries,
                record.size_bytes,
                int(record.own),
                int(record.adopted),
                record.house,
            )
            self._connection.execute(
                f"INSERT INTO manifests ({_COLUMNS}) "  # noqa: S608 – no value in it
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (key, version) DO UPDATE SET own = max(own, excluded.own)",
                row,
            )
            number = self._manifest_id(record.object)
            ids = {pack: self._pack_id(pack) for pack in packs}
            self._connection.executemany(
                "INSERT OR IGNORE INTO uses VALUES (?, ?)", ((number, one) for one in ids.values())
            )
            self._connection.executemany("INSERT OR IGNORE INTO contents VALUES (?, ?, ?, ?)", _rows(contents, ids))

    def manifests(self) -> tuple[ManifestRecord, ...]:
        """All that are known."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM manifests ORDER BY id")  # noqa: S608 – no value in it
        return tuple(_record(row) for row in rows)

    def add_fault(self, item: ObjectVersion, fault: str) -> None:
        """A version that is no manifest and never will be one."""
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO faults VALUES (?, ?, ?)", (item.key, item.version, fault))

    def faults(self) -> dict[ObjectVersion, str]:
        """All that are known."""
        rows = self._connection.execute("SELECT key, version, fault FROM faults")
        return {ObjectVersion(*row[:2]): row[2] for row in rows}

    def packs_of(self, manifest: ObjectVersion) -> tuple[ObjectVersion, ...]:
        """What it needs."""
        rows = self._connection.execute(
            "SELECT packs.key, packs.version FROM uses JOIN packs ON packs.id = uses.pack WHERE uses.manifest = ?",
            (self._manifest_id(manifest),),
        )
        return tuple(ObjectVersion(*row) for row in rows)

    def note(self, name: str) -> str:
        """A remark; empty: none."""
        row = self._one("SELECT value FROM notes WHERE name = ?", name)
        return str(row[0]) if row else ""

    def make_note(self, name: str, text: str) -> None:
        """Keep a remark."""
        self._connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, text))

    def _pack_id(self, pack: ObjectVersion) -> int:
        values = (pack.key, pack.version)
        self._connection.execute("INSERT OR IGNORE INTO packs (key, version) VALUES (?, ?)", values)
        row = self._connection.execute("SELECT id FROM packs WHERE key = ? AND version = ?", values).fetchone()
        return int(row[0])

    def _manifest_id(self, manifest: ObjectVersion) -> int:
        row = self._one("SELECT id FROM manifests WHERE key = ? AND version = ?", manifest.key, manifest.version)
        return int(row[0]) if row else 0

    def _one(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        return found

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise SpoolFailed(
                    f"the index of the vault: {error}",
                    hint="Look at the disk of storage.bulk; the file is only a cache, it can be deleted.",
                ) from error
            raise


def _rows(contents: Iterable[Line], ids: dict[ObjectVersion, int]) -> Iterator[tuple[bytes, int, int, int]]:
    for line in contents:
        if line.placement is not None:
            number = ids[ObjectVersion(line.placement.pack, line.placement.version)]
            yield bytes.fromhex(line.entry.sha256), number, line.placement.offset, line.entry.size


def _record(row: tuple[str, str, str, str, str, int, int, int, int, str]) -> ManifestRecord:
    return ManifestRecord(
        ObjectVersion(row[0], row[1]),
        SnapshotName.parse(row[2]),
        datetime.fromisoformat(row[3]),
        datetime.fromisoformat(row[4]),
        row[5],
        row[6],
        own=bool(row[7]),
        adopted=bool(row[8]),
        house=row[9],
    )
