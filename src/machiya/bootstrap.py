"""The only place where a port meets its adapter."""

from functools import cached_property
from pathlib import Path

from machiya.adapters.age.secret_file import SecretFile
from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.files.house import HouseFolder
from machiya.core.clock import Clock, SystemClock
from machiya.settings import Settings, load


class House:
    """One house: its folder, its settings and the parts made from them.

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


def house_at(root: Path) -> House:
    """The house in ``root``, which may not be built yet."""
    return House(root)


def open_house(root: Path) -> House:
    """A house that stands, its settings checked.

    Raises:
        NotAHouse: there is none in ``root``.
        ConfigurationError: with every mistake.
    """
    house = House(root)
    house.folder.require()
    _ = house.settings
    return house


def rescue_confirmed(root: Path) -> bool:
    """Whether the owner said that the rescue sheet is kept off the box."""
    secrets = House(root).secrets
    return secrets.recovery_path.exists() and secrets.recovery().confirmed
