"""What ``vault.sync`` does: every finished snapshot of the last days goes into the vault, and locks never run out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from machiya.core.errors import MachiyaError
from machiya.core.progress import Cancelled, Progress
from machiya.core.sizes import format_size
from machiya.jobs.model import JobKind, Run, RunState
from machiya.jobs.ports import JobBook
from machiya.jobs.running import Work

if TYPE_CHECKING:
    from machiya.backup.ports import Snapshot
    from machiya.backup.vault.sync import Synced
    from machiya.bootstrap import House
    from machiya.bootstrap.vault import Vault

SYNCED_DAYS = 14
"""Older ones had their chance; a vault that is new need not get all that a disk holds."""
_BACKUPS = (JobKind.BACKUP_DAILY, JobKind.BACKUP_WEEKLY)
_ENDS = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.INTERRUPTED})
_LOOKED_AT = 20


class LastBackupFailed(MachiyaError):
    """The last backup failed, so that there is nothing new for the vault; the locks of what it holds were renewed."""

    code = "last_backup_failed"


def vault_sync(house: "House", require_fresh: Callable[[datetime], object]) -> Work:
    """The work of ``vault.sync``; ``require_fresh`` raises where a newest snapshot of that moment is too old."""

    def work(_: Mapping[str, str], progress: Progress) -> str:
        vault = type(house)(house.root, house.clock).vault
        try:
            require_backup(house.jobs.book)
            since = house.clock.now() - timedelta(days=SYNCED_DAYS)
            snapshots = vault.missing(since) or (_newest(vault, require_fresh),)
            return told(vault, [vault.sync(snapshot, progress) for snapshot in snapshots])
        except Cancelled:
            raise
        except Exception as trouble:
            progress.line(f"nothing went into the vault: {trouble}")
            vault.renew(progress)  # a dead backup disk must not let the locks of the last good snapshots run out
            raise

    return work


def require_backup(book: JobBook) -> None:
    """The last backup that the jobs ran to its end succeeded; none at all is no failure.

    Raises:
        LastBackupFailed: it did not.
    """
    runs = (run for kind in _BACKUPS for run in book.newest(_LOOKED_AT, kind=kind) if run.state in _ENDS)
    last = max(runs, key=_end, default=None)
    if last is not None and last.state is not RunState.SUCCEEDED:
        raise LastBackupFailed(
            f"the last backup failed: {last.order.kind} of {_end(last):%Y-%m-%d %H:%M} UTC: {last.reason.rstrip('.')}",
            hint=f"The vault's locks were renewed. machiya job history {last.order.kind} shows more.",
        )


def told(vault: "Vault", done: "list[Synced]") -> str:
    """What it did, in plain words."""
    names = ", ".join(str(one.snapshot) for one in done)
    verb, size = "is" if len(done) == 1 else "are", format_size(sum(one.uploaded_bytes for one in done))
    until = min(one.locked_until for one in done)
    locked = f", locked until {until:%Y-%m-%d}" if vault.locks else ", locked by nobody: it is a folder"
    return f"{names} {verb} in the vault: {size} went there{locked}"


def _newest(vault: "Vault", require_fresh: Callable[[datetime], object]) -> "Snapshot":
    newest = vault.snapshot()
    require_fresh(newest.header.taken_at)
    return newest


def _end(run: Run) -> datetime:
    return run.ended_at or run.asked_at
