"""The house as a folder: what lies where, who may read it, and whether it is a house at all."""

from pathlib import Path

from machiya.adapters.files.atomic import TEMPORARY_PREFIX, sync_folder, write_new
from machiya.adapters.files.errors import FolderTaken, NotAHouse, disk_errors
from machiya.adapters.files.lock import FileLock

PRIVATE_FOLDER = 0o700
_NOT_OURS_YET_HARMLESS = frozenset({"lost+found", ".lock"})


def make_private_folder(folder: Path) -> bool:
    """Make ``folder`` (and what is above it), readable by its owner only; whether it was made now.

    Raises:
        DiskFull, NotWritable, DiskFailed: the disk refused.
    """
    with disk_errors(folder):
        if folder.is_dir():
            return False
        # mkdir(parents=True) would give the folders above the ordinary mode.
        missing = [path for path in folder.parents if not path.exists()]
        for path in (*reversed(missing), folder):
            path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            sync_folder(path.parent)
        return True


class HouseFolder:
    """The folder that holds machiya.toml, secrets.age, host.key, recovery.toml and data/.

    Args:
        root: the folder, absolute; need not exist.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.configuration = root / "machiya.toml"
        self.secrets = root / "secrets.age"
        self.host_key = root / "host.key"
        self.data = root / "data"

    @property
    def is_house(self) -> bool:
        """It holds the one file."""
        return self.configuration.is_file()

    def require(self) -> None:
        """Go on only in a house.

        Raises:
            NotAHouse: there is none here.
        """
        if not self.is_house:
            raise NotAHouse(
                f"there is no house in {self.root}",
                hint="Make one with machiya init, or name it with --house FOLDER or MACHIYA_HOUSE.",
            )

    def require_free(self) -> None:
        """Go on only where a house is, was begun, or may be built.

        Raises:
            FolderTaken: a file, or a folder that holds something else.
            NotWritable: it cannot be read.
        """
        with disk_errors(self.root):
            if self.root.exists() and not self.root.is_dir():
                raise FolderTaken(f"{self.root} is a file, not a folder", hint="Choose another with --house FOLDER.")
            if not self.is_house and not self.host_key.exists() and self._strangers():
                raise FolderTaken(
                    f"{self.root} is not empty and is no house (it holds {self._strangers()[0]})",
                    hint="Choose an empty or new folder with --house FOLDER.",
                )

    def _strangers(self) -> list[str]:
        if not self.root.exists():
            return []
        names = sorted(entry.name for entry in self.root.iterdir())
        return [name for name in names if name not in _NOT_OURS_YET_HARMLESS and not name.startswith(TEMPORARY_PREFIX)]

    def build(self) -> bool:
        """Make the folder itself, readable by its owner only; whether it was made now.

        Raises:
            FolderTaken: as ``require_free``.
            DiskFull, NotWritable, DiskFailed: the disk refused.
        """
        self.require_free()
        return make_private_folder(self.root)

    def build_data(self) -> bool:
        """Make ``data/``; whether it was made now."""
        return make_private_folder(self.data)

    def tighten(self) -> list[Path]:
        """Take reading and writing from everybody else; what had to be changed."""
        with disk_errors(self.root):
            private = [self.root, self.configuration, self.secrets, self.host_key]
            loose = [path for path in private if path.exists() and path.stat().st_mode & 0o077]
            for path in loose:
                path.chmod(path.stat().st_mode & 0o700)
            return loose

    def write_configuration(self, text: str) -> bool:
        """Write machiya.toml if there is none; whether it was written."""
        return write_new(self.configuration, text.encode())

    def lock(self) -> FileLock:
        """The lock for whoever changes secrets or the folder itself."""
        return FileLock(self.root / ".lock", f"the house in {self.root}")

    def clean_up(self) -> None:
        """Remove what interrupted writes left behind."""
        with disk_errors(self.root):
            for leftover in self.root.glob(f"{TEMPORARY_PREFIX}*"):
                leftover.unlink(missing_ok=True)
