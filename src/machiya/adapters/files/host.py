"""The folders of this machine that containers use: storage with its owners, secrets in memory."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.files.errors import disk_errors
from machiya.adapters.files.house import PRIVATE_FOLDER, make_private_folder
from machiya.adapters.files.ownership import give_folder
from machiya.stacks.ports import RootNeeded
from machiya.stacks.render import RenderedSecret

_MEMORY = {"tmpfs", "ramfs"}
_MOUNTS = Path("/proc/self/mounts")
_READABLE_FOLDER = 0o755  # in a folder that only root may enter; the files have their own owners


class HostFolders:
    """As root of this machine.

    Args:
        secrets: the folder with one folder a service, in memory.
        news: where it is kept in mind which services must take up a new configuration.
        mount_memory: mounts a file system in memory on a folder.
    """

    def __init__(self, secrets: Path, news: Path, mount_memory: Callable[[Path], None]) -> None:
        self._secrets, self._news, self._mount_memory = secrets, news, mount_memory

    def require_root(self) -> None:
        """Go on only as root.

        Raises:
            RootNeeded: this is somebody else.
        """
        if os.geteuid() != 0:
            raise RootNeeded(
                "only root can give folders to the users of the services", hint="Run the same command with sudo."
            )

    def make_folder(self, path: Path, mode: int, owner: tuple[int, int]) -> None:
        """Have a folder with this mode and owner (uid, gid).

        What is in it stays as it is, unless it all comes from another user: the embedded house, a restored backup.

        Raises:
            DiskFull, NotWritable, DiskFailed: the disk refused.
        """
        make_private_folder(path)
        with disk_errors(path):
            give_folder(path, owner)
            path.chmod(mode)

    def write_secrets(self, services: Iterable[str], secrets: Iterable[RenderedSecret]) -> set[str]:
        """Put secrets into memory; the services whose secrets changed. Folders stay the same, for they are mounted.

        Raises:
            RootNeeded: this is somebody else.
        """
        self.require_root()
        self._have_memory()
        every = tuple(secrets)
        wanted = {name: {one.path: one for one in every if one.service == name} for name in services}
        with disk_errors(self._secrets):
            self._remove_strangers(self._secrets, set(wanted))
            return {name for name, files in wanted.items() if self._write_folder(self._secrets / name, files)}

    def _have_memory(self) -> None:
        base = self._secrets.parent
        base.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        if file_system(base) not in _MEMORY:
            self._mount_memory(base)
        for folder in (base, self._secrets):
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            folder.chmod(PRIVATE_FOLDER)

    def _write_folder(self, folder: Path, files: dict[str, RenderedSecret]) -> bool:
        folder.mkdir(exist_ok=True)
        folder.chmod(_READABLE_FOLDER)
        changed = self._remove_strangers(folder, {Path(path).parts[0] for path in files})
        written = [self._write_secret(folder / path, secret) for path, secret in files.items()]
        return changed or any(written)

    def _write_secret(self, path: Path, secret: RenderedSecret) -> bool:
        """Whether its content changed; a wrong owner or mode is set right too."""
        path.parent.mkdir(mode=_READABLE_FOLDER, parents=True, exist_ok=True)
        same = path.is_file() and path.read_bytes() == secret.content
        if not same:
            write_atomically(path, secret.content, secret.mode)
        os.chown(path, *secret.owner)
        path.chmod(secret.mode)
        return not same

    def _remove_strangers(self, folder: Path, wanted: set[str]) -> bool:
        strangers = [path for path in folder.iterdir() if path.name not in wanted]
        for path in strangers:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return bool(strangers)

    def remember(self, services: Iterable[str]) -> None:
        """Keep in mind which services have to take up a new configuration."""
        names = sorted(set(services))
        if names:
            write_atomically(self._news, json.dumps(names).encode())
        else:
            self._news.unlink(missing_ok=True)

    def remembered(self) -> set[str]:
        """The services kept in mind."""
        with contextlib.suppress(OSError, ValueError):
            return {str(name) for name in json.loads(self._news.read_text("utf-8"))}
        return set()


def file_system(path: Path, mounts: str | None = None) -> str:
    """The type of the file system that ``path`` lies on; empty: unknown."""
    lines = [line.split() for line in (_MOUNTS.read_text("utf-8") if mounts is None else mounts).splitlines()]
    above = [
        (len(fields[1]), number, fields[2]) for number, fields in enumerate(lines) if path.is_relative_to(fields[1])
    ]
    return max(above)[2] if above else ""
