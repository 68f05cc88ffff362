"""A house's folder, settings, places and locks: what every other part of the wiring starts from."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.adapters.age.secret_file import SecretFile
from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.files.house import HouseFolder, make_private_folder
from machiya.core.clock import Clock, SystemClock
from machiya.settings import Settings, load

if TYPE_CHECKING:
    from machiya.adapters.files.lock import FileLock

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py


class Ground:
    """A house's folder and its settings.

    Args:
        root: the folder, absolute; ``settings`` are read when first asked for.
    """

    def __init__(self, root: Path, clock: Clock | None = None) -> None:
        self.root = root
        self.clock: Clock = clock or SystemClock()
        self.folder = HouseFolder(root)
        self.secrets = SecretFile(root, write_atomically, self.clock)

    @cached_property
    def settings(self) -> Settings:
        """Merged and checked.

        Raises:
            ConfigurationError: with every mistake.
        """
        return load(self.root)

    @property
    def run_folder(self) -> Path:
        """Locks and process states; lost without harm."""
        return self._folder(self.root / "data" / "run")

    @property
    def log_folder(self) -> Path:
        """Logs of the parts."""
        return self._folder(self.root / "data" / "log")

    @property
    def mail_folder(self) -> Path:
        """The Maildirs; never made in passing, since a disk that is away would look like one without mail."""
        return self.settings.storage.bulk / "mail"

    @property
    def hold_folder(self) -> Path:
        """What the front door holds."""
        return self._folder(self.settings.storage.bulk / "hold")

    def _folder(self, path: Path) -> Path:
        make_private_folder(path)
        return path

    def lock(self, name: str) -> "FileLock":
        """One process at a time for ``name``; given back by the kernel when its holder dies."""
        from machiya.adapters.files.lock import FileLock

        return FileLock(
            self.run_folder / f"{name}.lock", "running this house" if name == "up" else f"{name} of this house"
        )
