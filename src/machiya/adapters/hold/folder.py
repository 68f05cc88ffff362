"""The hold folder: ``in/`` and ``dead/`` with ``<id>.eml`` and ``<id>.json``, ``log/``, ``state/``.

A message is there exactly when its ``.json`` is: the body comes before it and goes after it, each step durable, so a
crash leaves a whole message or a body without metadata, which ``recover`` puts into ``orphans/``.
"""

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from machiya.adapters.hold.body import FileBody
from machiya.adapters.hold.disk import disk_errors, second_name, sync_folder, write_whole
from machiya.adapters.hold.listing import list_ids, list_receipts
from machiya.adapters.hold.metadata import (
    METADATA_BYTES,
    damaged,
    dead_document,
    held_document,
    read_dead,
    read_held,
)
from machiya.core.identifiers import DeliveryId
from machiya.mail.held import DeadMessage, HeldMessage, IncomingBody, Listing
from machiya.mail.model import Envelope

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class HoldFolder:
    """``root`` is made if it is missing; one process at a time may use it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._in, self._dead = root / "in", root / "dead"
        self._log, self._state, self._tmp = root / "log", root / "state", root / "tmp"
        with disk_errors(root):
            for folder in (self._in, self._dead, self._log, self._state, self._tmp):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def incoming(self, delivery_id: DeliveryId) -> FileBody:
        """Begin a body."""
        return FileBody(self._tmp / f"{delivery_id}.eml")

    def keep(self, body: IncomingBody, envelopes: Sequence[tuple[DeliveryId, Envelope]]) -> None:
        """Hold the body once for each id, durably: all of them, or none.

        Raises:
            HoldFull: no space.
            HoldUnavailable: the disk refused otherwise.
        """
        if not isinstance(body, FileBody):
            raise TypeError("not a body of this folder")
        messages = [HeldMessage(delivery_id, envelope, body.md5) for delivery_id, envelope in envelopes]
        try:
            with disk_errors(self.root):
                self._keep(body, messages)
        except BaseException:
            # DATA has one answer for all recipients. It will be "not now", so the sender brings the message again for
            # all of them: what was held already for some would be delivered twice, and has to go before we answer.
            for message in messages:
                self._forget(self._in, message.delivery_id)
            raise
        finally:
            body.discard()
        self._write_receipts(messages)

    def _keep(self, body: FileBody, messages: Sequence[HeldMessage]) -> None:
        body.finish()
        for message in messages:
            second_name(body.path, self._body(self._in, message.delivery_id))
        sync_folder(self._in)
        for message in messages:
            self._write_metadata(self._in, message.delivery_id, held_document(message))
        sync_folder(self._in)

    def held_ids(self) -> Listing:
        """What waits for the house."""
        with disk_errors(self.root):
            return list_ids(self._in)

    def held(self, delivery_id: DeliveryId) -> HeldMessage | None:
        """One message; None if it is not there.

        Raises:
            HoldDamaged: it is there and cannot be read.
        """
        document = self._metadata(self._in, delivery_id)
        return read_held(delivery_id, document) if document is not None else None

    @contextlib.contextmanager
    def open_body(self, message: HeldMessage) -> Iterator[BinaryIO]:
        """Its bytes.

        Raises:
            HoldDamaged: missing, or not as long as its envelope says.
        """
        with self._open(self._body(self._in, message.delivery_id), message.delivery_id) as file:
            if os.fstat(file.fileno()).st_size != message.envelope.size_bytes:
                raise damaged(message.delivery_id, "its body is not as long as its envelope says")
            yield file

    def remove(self, delivery_id: DeliveryId) -> None:
        """The house has it: delete."""
        with disk_errors(self.root):
            self._metadata_path(self._in, delivery_id).unlink(missing_ok=True)
            self._body(self._in, delivery_id).unlink(missing_ok=True)

    def bury(self, message: HeldMessage, reason: str, moment: datetime) -> None:
        """Move it to the dead."""
        document = dead_document(DeadMessage(message, moment, reason))
        self._move(message.delivery_id, self._in, self._dead, document)

    def dead_ids(self) -> Listing:
        """What was given up on."""
        with disk_errors(self.root):
            return list_ids(self._dead)

    def dead(self, delivery_id: DeliveryId) -> DeadMessage | None:
        """One dead message; None if it is not there.

        Raises:
            HoldDamaged: it is there and cannot be read.
        """
        document = self._metadata(self._dead, delivery_id)
        return read_dead(delivery_id, document) if document is not None else None

    def revive(self, delivery_id: DeliveryId, moment: datetime) -> bool:
        """Take it back from the dead; whether it is held after that because of an order to retry."""
        dead = self.dead(delivery_id)
        if dead is None:
            held = self.held(delivery_id)
            return held is not None and held.retried_at is not None
        message = HeldMessage(delivery_id, dead.held.envelope, dead.held.md5, moment)
        self._move(delivery_id, self._dead, self._in, held_document(message))
        return True

    def discard_dead(self, delivery_id: DeliveryId) -> bool:
        """Delete a dead message for good; whether there was one."""
        with disk_errors(self.root):
            there = self._metadata_path(self._dead, delivery_id).exists()
            self._metadata_path(self._dead, delivery_id).unlink(missing_ok=True)
            self._body(self._dead, delivery_id).unlink(missing_ok=True)
        return there

    def receipts(self, limit: int) -> tuple[DeliveryId, ...]:
        """The oldest ids that were accepted and not yet acknowledged in a report."""
        with disk_errors(self.root):
            return list_receipts(self._log)[:limit]

    def drop_receipts(self, ids: Sequence[DeliveryId]) -> None:
        """The house knows these were accepted."""
        with disk_errors(self.root):
            for delivery_id in ids:
                (self._log / delivery_id).unlink(missing_ok=True)

    def read_state(self, name: str) -> dict[str, Any]:
        """A small JSON document; empty if it is missing or cannot be read."""
        try:
            document = json.loads((self._state / f"{name}.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}

    def write_state(self, name: str, document: dict[str, Any]) -> None:
        """Replace it atomically. Not flushed: after a power cut an older one serves as well."""
        data = json.dumps(document).encode("ascii") + b"\n"
        with disk_errors(self.root):
            write_whole(self._state / f"{name}.json", data, self._tmp / f"state-{name}", durable=False)

    def recover(self) -> tuple[str, ...]:
        """Finish what a crash interrupted, before anything else uses the folder; names put into ``orphans/``."""
        with disk_errors(self.root):
            for leftover in self._tmp.iterdir():
                leftover.unlink(missing_ok=True)
            for delivery_id in set(list_ids(self._in).ids) & set(list_ids(self._dead).ids):
                self._forget(self._dead, delivery_id)  # a move was interrupted: offering it once more is harmless
            return (*self._set_orphans_aside(self._in), *self._set_orphans_aside(self._dead))

    def _set_orphans_aside(self, folder: Path) -> Iterator[str]:
        for body in sorted(folder.glob("*.eml")):
            if not body.with_suffix(".json").exists():
                aside = self.root / "orphans"
                aside.mkdir(exist_ok=True, mode=0o700)
                body.rename(aside / body.name)
                yield body.name

    def _move(self, delivery_id: DeliveryId, source: Path, target: Path, document: bytes) -> None:
        with disk_errors(self.root):
            second_name(self._body(source, delivery_id), self._body(target, delivery_id))
            sync_folder(target)
            self._write_metadata(target, delivery_id, document)
            sync_folder(target)
        self._forget(source, delivery_id)

    def _forget(self, folder: Path, delivery_id: DeliveryId) -> None:
        with contextlib.suppress(OSError):
            self._metadata_path(folder, delivery_id).unlink(missing_ok=True)
            self._body(folder, delivery_id).unlink(missing_ok=True)

    def _write_metadata(self, folder: Path, delivery_id: DeliveryId, document: bytes) -> None:
        temporary = self._tmp / f"{delivery_id}.json"
        write_whole(self._metadata_path(folder, delivery_id), document, temporary, durable=True)

    def _metadata(self, folder: Path, delivery_id: DeliveryId) -> bytes | None:
        path = self._metadata_path(folder, delivery_id)
        if not path.exists():
            return None
        with self._open(path, delivery_id) as file:
            return file.read(METADATA_BYTES)

    def _write_receipts(self, messages: Sequence[HeldMessage]) -> None:
        # Best effort: they serve the daily reconciliation; the messages themselves are safe already.
        with contextlib.suppress(OSError):
            for message in messages:
                (self._log / message.delivery_id).touch(mode=0o600)

    @contextlib.contextmanager
    def _open(self, path: Path, delivery_id: DeliveryId) -> Iterator[BinaryIO]:
        try:
            # Neither a pipe nor a link that somebody put here may block the sweep or lead out of the folder.
            file = os.fdopen(os.open(path, _READ), "rb")
        except OSError as error:
            raise damaged(delivery_id, f"{path.name}: {error.strerror}") from error
        with file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise damaged(delivery_id, f"{path.name} is no file")
            yield file

    @staticmethod
    def _body(folder: Path, delivery_id: DeliveryId) -> Path:
        return folder / f"{delivery_id}.eml"

    @staticmethod
    def _metadata_path(folder: Path, delivery_id: DeliveryId) -> Path:
        return folder / f"{delivery_id}.json"
