"""Every database of a server into a file each, by mariadb-dump: at one moment, whole, and equal where nothing changed.

Source: https://mariadb.com/docs/server/clients-and-utilities/backup-restore-and-import-clients/mariadb-dump
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import structlog
import zstandard

from machiya.adapters.mariadb.dump_text import END, SUFFIX, head
from machiya.adapters.mariadb.programs import DUMP, LARGEST_PACKET_BYTES, Programs
from machiya.adapters.mariadb.server import (
    ServerAddress,
    character_set,
    database_names,
    tables_without_transactions,
    talking,
)
from machiya.backup.databases import FOLDER, file_name
from machiya.core.commands import Finished
from machiya.core.errors import Unavailable
from machiya.core.progress import Progress

TRIES = 3
LEVEL = 3
OPTIONS = (
    "--quick",
    "--routines",
    "--events",
    "--triggers",
    "--hex-blob",
    # Comments stay: the last one says that the dump is whole. Without its date nothing in them changes by itself.
    "--skip-dump-date",
    "--order-by-primary",
    # One row a line: what changed is what differs.
    "--skip-extended-insert",
    "--no-autocommit",
    "--skip-add-locks",
    "--default-character-set=utf8mb4",
    f"--max-allowed-packet={LARGEST_PACKET_BYTES}",
)
AT_ONE_MOMENT = ("--single-transaction", "--skip-lock-tables")
"""Nobody waits: InnoDB shows the dump the database as it was at its beginning."""
HELD_STILL = ("--lock-tables",)
"""Where a table knows no transactions, whoever writes waits for the dump of that database."""

# A table was changed, taken away or made meanwhile (1412, 1146, 1684), or somebody held it (1205, 1213).
_AGAIN = frozenset({1412, 1146, 1684, 1205, 1213})
_NUMBER = re.compile(r"(?:\b[Ee]rror:? |\()(\d{4})\b")
_BLOCK = 1024 * 1024
_log = structlog.get_logger()


class MariaDbDumper:
    """A ``Dumper``.

    Args:
        programs: run mariadb-dump.
        server: the same server.
        only: these databases; empty: all there are when it is dumped.
    """

    name = FOLDER
    what = ("the databases of MariaDB, a dump each", "MariaDB の各データベース（1 つずつのダンプ）")

    def __init__(self, programs: Programs, server: ServerAddress, only: Sequence[str] = ()) -> None:
        self._programs, self._server, self._only = programs, server, tuple(only)

    def dump(self, target: Path, progress: Progress) -> None:
        """As ``Dumper.dump``: ``<name>.sql.zst`` each."""
        for name in self._only or self._all():
            self.dump_database(name, target / file_name(name, SUFFIX), progress)

    def dump_database(self, name: str, path: Path, progress: Progress) -> None:
        """One database into ``path``; there whole and durable (but for its name in the folder), or not at all.

        Raises:
            Unavailable: the server is gone or refuses, or tables kept changing; ``path`` is not there.
        """
        begin, options = self._beginning(name), self._options(name, progress)
        for attempt in range(1, TRIES + 1):
            if self._whole(name, path, begin, options, progress, last=attempt == TRIES):
                return

    def _all(self) -> tuple[str, ...]:
        with talking(self._server) as cursor:
            return database_names(cursor)

    def _beginning(self, name: str) -> bytes:
        with talking(self._server) as cursor:
            return head(*character_set(cursor, name))

    def _options(self, name: str, progress: Progress) -> tuple[str, ...]:
        with talking(self._server) as cursor:
            restless = tables_without_transactions(cursor, name)
        if not restless:
            return (*OPTIONS, *AT_ONE_MOMENT)
        progress.line(f"{name}: whoever writes waits for the dump, since a table knows no transactions: {restless[0]}")
        return (*OPTIONS, *HELD_STILL)

    def _whole(
        self, name: str, path: Path, begin: bytes, options: Sequence[str], progress: Progress, *, last: bool
    ) -> bool:
        try:
            with path.open("xb") as file:
                packer = _Packer(file, lambda done: progress.step(f"dump of {name}", done, unit="bytes"))
                packer.take(begin)
                done = self._programs.run(DUMP, (*options, "--", name), on_bytes=packer.take)
                packer.finish()
                file.flush()
                os.fsync(file.fileno())
            if done.good and packer.complete:
                return True
            _judge(name, done, last=last)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise Unavailable(
                f"the dump of {name} cannot be written: {error.strerror}", hint="Is there room on the backup disk?"
            ) from error
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        path.unlink()
        progress.line(f"{name}: tables changed during the dump; again ({done.last_words()})")
        return False


class _Packer:
    """Compresses in blocks of one size, however the pieces come, so that equal text gives equal bytes."""

    def __init__(self, file: BinaryIO, tell: Callable[[int], None]) -> None:
        self._writer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).stream_writer(file, closefd=False)
        self._held, self._tell = bytearray(), tell
        self._last, self._done = b"", 0

    @property
    def complete(self) -> bool:
        """The text ended as a whole dump ends."""
        return self._last.rstrip(b"\n").endswith(END)

    def take(self, piece: bytes) -> None:
        self._last = (self._last + piece)[-len(END) - 1 :] if len(piece) <= len(END) else piece[-len(END) - 1 :]
        self._held += piece
        self._done += len(piece)
        while len(self._held) >= _BLOCK:
            self._writer.write(bytes(self._held[:_BLOCK]))
            del self._held[:_BLOCK]
        self._tell(self._done)

    def finish(self) -> None:
        self._writer.write(bytes(self._held))
        self._writer.flush(zstandard.FLUSH_FRAME)


def _judge(name: str, done: Finished, *, last: bool) -> None:
    """Go on only if another attempt may succeed.

    Raises:
        Unavailable: it may not.
    """
    numbers = {int(number) for number in _NUMBER.findall(done.err)}
    if numbers & _AGAIN and not last:
        return
    words = done.last_words() or f"exit code {done.code}"
    _log.warning("backup.dump_failed", database=name, code=done.code, error=words)
    if numbers & _AGAIN:
        raise Unavailable(
            f"the dump of {name} was disturbed {TRIES} times: {words}",
            hint="Somebody changes its tables again and again; take the backup when that is over.",
        )
    if done.good:
        raise Unavailable(f"the dump of {name} has no end, though mariadb-dump reports none", hint="Try again.")
    raise Unavailable(
        f"the dump of {name} failed: {words}",
        hint="Does MariaDB run (machiya status)? machiya logs mariadb tells more; a broken view has to be repaired.",
    )
