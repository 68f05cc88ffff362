"""The quarantine's folder: one ``<delivery id>.eml`` a message, there whole or not at all."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

from machiya.core.errors import MachiyaError
from machiya.core.identifiers import DeliveryId
from machiya.mail.ports import QuarantineDamaged, StoreUnavailable

_HINT = "Free or mend the disk of storage.bulk; the edge keeps the message meanwhile."


class QuarantineFolder:
    """One folder.

    Args:
        root: must exist: a missing one is a disk that is not mounted.
        write: how a file is written: whole or not at all, durably.
    """

    def __init__(self, root: Path, write: Callable[[Path, bytes | bytearray | memoryview], None]) -> None:
        self._root, self._write = root, write

    def open_to_group(self, mode: int) -> int:
        """Give what an earlier Machiya wrote for its owner alone the ``mode`` of today; how many had another.

        Raises:
            StoreUnavailable: the disk refused.
        """
        try:
            closed = [path for path in self._root.glob("*.eml") if stat.S_IMODE(path.stat().st_mode) != mode]
            for path in closed:
                path.chmod(mode)
        except OSError as error:
            raise StoreUnavailable(f"cannot open {self._root} to its group: {error.strerror}", hint=_HINT) from error
        return len(closed)

    async def keep(self, delivery_id: DeliveryId, content: bytes | bytearray | memoryview) -> None:
        """Write durably; the same id again replaces it.

        Raises:
            StoreUnavailable: the disk did not take it.
        """
        try:
            await asyncio.to_thread(self._write, self._path(delivery_id), content)
        except MachiyaError as error:
            raise StoreUnavailable(f"cannot write to the quarantine: {error.message}", hint=_HINT) from error

    async def read(self, delivery_id: DeliveryId) -> bytes:
        """All of it.

        Raises:
            QuarantineDamaged: it is missing or cannot be read.
        """
        path = self._path(delivery_id)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise QuarantineDamaged(f"cannot read {path}: {error.strerror}", hint="Restore a backup.") from error

    async def remove(self, delivery_id: DeliveryId) -> None:
        """Delete; no error if it is not there.

        Raises:
            StoreUnavailable: the disk refused.
        """
        path = self._path(delivery_id)
        try:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"cannot delete {path}: {error.strerror}", hint="Check its rights.") from error

    def _path(self, delivery_id: DeliveryId) -> Path:
        return self._root / f"{delivery_id}.eml"
