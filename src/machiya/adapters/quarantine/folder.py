"""The quarantine's folder: one ``<delivery id>.eml`` a message, there whole or not at all, for nobody else to read."""

import asyncio
import contextlib
import os
import secrets
from pathlib import Path

from machiya.core.identifiers import DeliveryId
from machiya.mail.ports import QuarantineDamaged, StoreUnavailable

_HINT = "Free or mend the disk of storage.bulk; the edge keeps the message meanwhile."


class QuarantineFolder:
    """``root`` must exist: a missing one is a disk that is not mounted."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def keep(self, delivery_id: DeliveryId, content: bytes | bytearray | memoryview) -> None:
        """Write durably; the same id again replaces it.

        Raises:
            StoreUnavailable: the disk did not take it.
        """
        try:
            await asyncio.to_thread(self._keep, delivery_id, content)
        except OSError as error:
            message = f"cannot write to the quarantine {self._root}: {error.strerror or error}"
            raise StoreUnavailable(message, hint=_HINT) from error

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

    def _keep(self, delivery_id: DeliveryId, content: bytes | bytearray | memoryview) -> None:
        temporary = self._root / f".{delivery_id}.{secrets.token_hex(4)}"
        try:
            with open(temporary, "xb", opener=_private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path(delivery_id))
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        _sync_folder(self._root)

    def _path(self, delivery_id: DeliveryId) -> Path:
        return self._root / f"{delivery_id}.eml"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
