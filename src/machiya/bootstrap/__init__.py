"""The only place where a port meets its adapter.

Adapters are imported where they are made: SQLAlchemy and its kind cost more than most commands. Each module is a floor
on the one below it: ground, database, rooms, outgoing, engines.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.bootstrap.engines import Engines

if TYPE_CHECKING:
    from machiya.adapters.shell.part import PartStatus as PartStatus
    from machiya.adapters.shell.run_state import PartReport as PartReport
    from machiya.adapters.shell.supervisor import Supervisor as Supervisor
    from machiya.adapters.snapshots.snapshot import DiskSnapshot as DiskSnapshot
    from machiya.backup.databases import DatabaseRestorer
    from machiya.backup.ports import Sources
    from machiya.bootstrap.backup import Backups
    from machiya.bootstrap.jobs import Jobs
    from machiya.bootstrap.vault import Vault


class House(Engines):
    """One house: its folder, its settings and the parts made from them."""

    @cached_property
    def backups(self) -> "Backups":
        """Snapshots on the backup disk."""
        from machiya.bootstrap.backup import Backups  # noqa: PLC0415 – see above

        return Backups(self)

    @cached_property
    def vault(self) -> "Vault":
        """The copy off-site."""
        from machiya.bootstrap.vault import Vault  # noqa: PLC0415 – boto3 is only for those who have one

        return Vault(self)

    @cached_property
    def jobs(self) -> "Jobs":
        """What it does by itself or is asked for."""
        from machiya.bootstrap.jobs import Jobs  # noqa: PLC0415 – see above

        return Jobs(self)

    def backup_sources(self) -> "Sources":
        """What a backup of this house saves, and what it leaves out."""
        from machiya.bootstrap.backup_sources import sources_of  # noqa: PLC0415 – only when asked

        return sources_of(self)

    def database_restorer(self) -> "DatabaseRestorer":
        """Brings a database back from a snapshot."""
        from machiya.bootstrap.databases import database_restorer  # noqa: PLC0415 – as above

        return database_restorer(self)


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
