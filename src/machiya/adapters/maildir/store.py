"""A ``MailStore`` that writes straight into Maildirs.

A stored file is, with LF line ends::

    Return-Path: <sender>          empty where the sender cannot be written safely (machiya.mail.reverse_path)
    Delivered-To: mailbox
    <Delivery.prefix>
    <Delivery.content>             every CRLF turned into LF, nothing else changed
"""

import asyncio
import errno
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

from machiya.adapters.maildir.layout import base_name, id_mark, junk_of, maildir_of
from machiya.adapters.maildir.leftovers import remove_leftovers
from machiya.adapters.maildir.line_ends import chunks, unix_lines
from machiya.adapters.maildir.search import place_of
from machiya.adapters.maildir.usage import QuotaBook
from machiya.adapters.maildir.writer import NotConfirmed, Written, prepare, sync_folder, write_message
from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.identifiers import DeliveryId
from machiya.core.sizes import format_size
from machiya.mail.model import Delivery, StoreOutcome, StoreStatus
from machiya.mail.ports import StoreOutcomeUnknown, StoreUnavailable
from machiya.mail.reverse_path import reverse_path

_SWEEP_SECONDS = 24 * 3600.0
_WHOLE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Result:
    """The outcome for one mailbox; ``ill`` if its cause concerns the whole disk, ``unknown`` if it may be stored."""

    outcome: StoreOutcome
    ill: bool = False
    unknown: bool = False


class MaildirStore:
    """Maildirs below ``root``, which must exist.

    Args:
        root: the folder that holds ``<domain>/<local part>/Maildir``.
        quota_of: bytes a mailbox may take, 0 for no limit; called on the event loop.
        clock: tells how old leftovers are.
        threads: how many messages are written at the same time.
        monotonic: seconds, for the age of counts.
    """

    def __init__(
        self,
        root: Path,
        *,
        quota_of: Callable[[EmailAddress], int],
        clock: Clock,
        threads: int = 8,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._quota_of = quota_of
        self._clock = clock
        self._monotonic = monotonic
        self._quotas = QuotaBook(monotonic)
        self._swept: dict[EmailAddress, float] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="maildir")

    async def store(self, delivery: Delivery, mailboxes: Sequence[EmailAddress]) -> Mapping[EmailAddress, StoreOutcome]:
        """Store one copy in each mailbox; see ``MailStore``.

        Raises:
            StoreUnavailable: no mailbox has it, and the cause concerns the disk as a whole.
            StoreOutcomeUnknown: the disk did not confirm a copy that is there.
        """
        loop = asyncio.get_running_loop()
        jobs = [
            loop.run_in_executor(self._pool, self._store_one, delivery, mailbox, self._quota_of(mailbox))
            for mailbox in dict.fromkeys(mailboxes)
        ]
        results = dict(zip(dict.fromkeys(mailboxes), await asyncio.gather(*jobs), strict=True))
        for result in results.values():
            if result.unknown:
                raise StoreOutcomeUnknown(result.outcome.detail, hint="The next attempt asks the store first.")
        if results and all(result.ill for result in results.values()):
            cause = next(iter(results.values())).outcome.detail
            raise StoreUnavailable(cause, hint=f"Make room on the disk of {self._root}, or make it writable.")
        return {mailbox: result.outcome for mailbox, result in results.items()}

    async def contains(self, delivery_id: DeliveryId, mailbox: EmailAddress) -> bool:
        """Whether any folder of the mailbox holds the delivery; see ``MailStore``.

        Raises:
            StoreUnavailable: a folder could not be read.
        """
        maildir = maildir_of(self._root, mailbox)
        loop = asyncio.get_running_loop()
        try:
            self._check_root()
            return await loop.run_in_executor(self._pool, _holds, maildir, id_mark(delivery_id))
        except OSError as error:
            raise StoreUnavailable(f"cannot look into {maildir}: {_reason(error)}", hint="Check the disk.") from error

    async def close(self) -> None:
        """Wait for the writers."""
        await asyncio.to_thread(self._pool.shutdown)

    def _check_root(self) -> None:
        if not self._root.is_dir():
            raise OSError(errno.EIO, "the mail folder is missing; is its disk mounted?", str(self._root))

    def _store_one(self, delivery: Delivery, mailbox: EmailAddress, quota: int) -> _Result:
        maildir = maildir_of(self._root, mailbox)
        try:
            self._check_root()
            return self._store_within(delivery, mailbox, maildir, quota)
        except NotConfirmed as error:
            detail = f"the disk did not confirm the new message in {maildir}: {_reason(error)}"
            _log.warning("maildir.not_confirmed", delivery_id=delivery.delivery_id, mailbox=str(mailbox), detail=detail)
            return _Result(StoreOutcome(StoreStatus.TEMPORARY, detail), unknown=True)
        except OSError as error:
            detail = f"cannot write to {maildir}: {_reason(error)}"
            _log.warning("maildir.write_failed", delivery_id=delivery.delivery_id, mailbox=str(mailbox), detail=detail)
            return _Result(StoreOutcome(StoreStatus.TEMPORARY, detail), ill=error.errno in _WHOLE_DISK)

    def _store_within(self, delivery: Delivery, mailbox: EmailAddress, maildir: Path, quota: int) -> _Result:
        headers = _own_headers(delivery.sender, mailbox)
        expected = len(headers) + len(delivery.prefix) + len(delivery.content)
        if not self._quotas.take(mailbox, maildir, expected, quota):
            return _Result(StoreOutcome(StoreStatus.OVER_QUOTA, f"the mailbox may hold {format_size(quota)}"))
        stored = 0
        try:
            written = self._write(delivery, mailbox, maildir, headers)
            stored = written.size if written.added else 0
        finally:
            self._quotas.correct(mailbox, stored - expected)
        place = _folder(maildir_of(Path(), mailbox), delivery) / "new" / written.name
        return _Result(StoreOutcome(StoreStatus.STORED, str(place)))

    def _write(self, delivery: Delivery, mailbox: EmailAddress, maildir: Path, headers: bytes) -> Written:
        """Write, making the Maildir where it is missing: known only by trying, for it can go at any time."""
        self._sweep(mailbox, maildir)
        base = base_name(delivery.delivery_id, delivery.accepted_at)
        folder = _folder(maildir, delivery)
        try:
            return write_message(folder, base, _lines(headers, delivery))
        except FileNotFoundError:
            prepare(self._root, maildir)
            prepare(self._root, folder)
            return write_message(folder, base, _lines(headers, delivery))

    def _sweep(self, mailbox: EmailAddress, maildir: Path) -> None:
        """Leftovers are looked for once a day for each mailbox that gets mail."""
        now = self._monotonic()
        if now - self._swept.get(mailbox, float("-inf")) < _SWEEP_SECONDS:
            return
        self._swept[mailbox] = now
        removed = remove_leftovers(maildir, self._clock.now().timestamp())
        if removed:
            _log.info("maildir.leftovers_removed", mailbox=str(mailbox), count=removed)


def _holds(maildir: Path, mark: str) -> bool:
    """A yes counts as stored: where an earlier attempt got no confirmation from the disk, this one must have it."""
    place = place_of(maildir, mark)
    if place is not None:
        sync_folder(place)
    return place is not None


def _folder(maildir: Path, delivery: Delivery) -> Path:
    return junk_of(maildir) if delivery.junk else maildir


def _own_headers(sender: str, mailbox: EmailAddress) -> bytes:
    return f"Return-Path: <{reverse_path(sender, utf8=True)}>\r\nDelivered-To: {mailbox}\r\n".encode()


def _lines(headers: bytes, delivery: Delivery) -> itertools.chain[bytes]:
    return itertools.chain(unix_lines([headers, delivery.prefix]), unix_lines(chunks(delivery.content)))


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
