"""A house whose backup takes one folder, on days of the test's choice."""

from datetime import datetime
from pathlib import Path

import pytest

from fakes.snapshots import write
from machiya.backup.ports import FileTree, Sources
from machiya.bootstrap import House

MESSAGE = "home.test/you/Maildir/cur/1700000000.abc.machiya,S=6:2,S"


class _At:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


class BackupHouse:
    """A house in ``root`` whose ``mail`` has one message."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.mail, self.disk = root, root / "data/bulk/mail", root / "data/backup"
        self.sources = Sources((), (FileTree("mail", self.mail, ("mail", "メール")),))
        monkeypatch.setattr("machiya.bootstrap.backup.sources_of", lambda _house: self.sources)
        write(self.mail / MESSAGE)
        (root / "data/fast").mkdir()
        self.settings()
        House(root).run_folder.mkdir(parents=True, exist_ok=True)

    def settings(self, text: str = "") -> None:
        """Those of machiya.toml."""
        (self.root / "machiya.toml").write_text(text)

    def at(self, now: datetime) -> House:
        """The house at this time by its clock."""
        return House(self.root, _At(now))
