"""Everything a house holds, to be compared: rows and files. And putting it back as it was."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

DATABASE = Path("data/fast/machiya.sqlite3")
MAIL = Path("data/bulk")
# What merely looking may change: when a session was seen last.
LOOKED_AT = {("access_sessions", "last_seen_at")}

State = dict[str, object]


def rows_of(root: Path) -> State:
    """Every row of every table, by table; without the columns that looking may change."""
    with closing(sqlite3.connect(root / DATABASE)) as connection:
        connection.row_factory = sqlite3.Row
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: _rows(connection, name) for name in sorted(names)}


def _rows(connection: sqlite3.Connection, table: str) -> list[str]:
    found = connection.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 – a name from the schema
    return sorted(repr([(key, row[key]) for key in row.keys() if (table, key) not in LOOKED_AT]) for row in found)  # noqa: SIM118 – a row is no dictionary


def files_of(root: Path) -> State:
    """The digest of every file of mail, by path."""
    files = [path for path in sorted((root / MAIL).rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def state_of(root: Path) -> State:
    """Rows and files."""
    return rows_of(root) | files_of(root)


@dataclass(frozen=True)
class Snapshot:
    """A house as it was; ``root`` is the house, ``kept`` a copy beside it."""

    root: Path
    kept: Path

    @classmethod
    def of(cls, root: Path) -> "Snapshot":
        """Keep what the house holds now."""
        kept = root.with_name(f"{root.name}-kept")
        made = cls(root, kept)
        kept.mkdir()
        _copy(root / DATABASE, kept / "rows")
        shutil.copytree(root / MAIL, kept / "files")
        return made

    def put_back(self) -> None:
        """As it was, under the open connections of a running program."""
        _copy(self.kept / "rows", self.root / DATABASE)
        if files_of(self.root) != _kept_files(self.kept):
            shutil.rmtree(self.root / MAIL)
            shutil.copytree(self.kept / "files", self.root / MAIL)


def _kept_files(kept: Path) -> State:
    files = [path for path in sorted((kept / "files").rglob("*")) if path.is_file()]
    return {
        str(MAIL / path.relative_to(kept / "files")): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
