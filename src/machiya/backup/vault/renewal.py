"""Renewing locks: every version that is needed, by its version id, read back; one failure is never passed over."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from machiya.backup.vault.errors import NotLocked, RenewalFailed, VersionGone
from machiya.backup.vault.model import ObjectVersion
from machiya.backup.vault.ports import VaultStore
from machiya.core.errors import MachiyaError
from machiya.core.progress import Progress


def renew_all(
    store: VaultStore, items: Iterable[ObjectVersion], until: datetime, parallel: int, progress: Progress
) -> int:
    """Lock every one of ``items`` at least until ``until``; how many there are.

    Raises:
        RenewalFailed: with the first that could not be renewed and how many more; all the others were.
        VersionGone: the same, where that one is not in the store any more.
    """
    wanted = sorted(set(items))
    failed: list[tuple[ObjectVersion, MachiyaError]] = []
    with ThreadPoolExecutor(parallel) as pool:
        for done, (item, error) in enumerate(pool.map(lambda one: _renewed(store, one, until), wanted), start=1):
            if error is not None:
                failed.append((item, error))
            progress.step("renew", done, len(wanted), unit="locks")
    if failed:
        raise _told(failed, len(wanted)) from failed[0][1]
    return len(wanted)


def require_lock(store: VaultStore, item: ObjectVersion, until: datetime) -> None:
    """Read the lock back.

    Raises:
        NotLocked: it ends before ``until``, or there is none.
    """
    if not store.locks:
        store.locked_until(item)  # a directory locks nothing, but what is needed has to be there
        return
    found = store.locked_until(item)
    if found is None or found < until:
        ends = f"is locked only until {found:%Y-%m-%d %H:%M} UTC" if found else "is not locked"
        raise NotLocked(
            f"{item} {ends}, asked for was {until:%Y-%m-%d %H:%M} UTC",
            hint="The store does not keep what it accepted: run machiya vault check.",
        )


def _renewed(store: VaultStore, item: ObjectVersion, until: datetime) -> tuple[ObjectVersion, MachiyaError | None]:
    try:
        found = store.locked_until(item)
        if store.locks and (found is None or found < until):
            store.renew(item, until)
            require_lock(store, item, until)
    except MachiyaError as error:
        return item, error
    return item, None


def _told(failed: list[tuple[ObjectVersion, MachiyaError]], of: int) -> RenewalFailed | VersionGone:
    gone = [pair for pair in failed if isinstance(pair[1], VersionGone)]
    item, error = (gone or failed)[0]
    text = f"the locks of {len(failed)} of {of} needed objects were not renewed, first {item}: {error.message}"
    if gone:
        return GoneVersions(text, hint=error.hint, items=tuple(one for one, _ in gone))
    return RenewalFailed(
        text, hint="No manifest was published; earlier snapshots stay as they are. Run machiya vault sync again."
    )


class GoneVersions(VersionGone):
    """Versions that a snapshot needs are not in the store any more; ``items`` names them."""

    def __init__(self, message: str, *, hint: str = "", items: tuple[ObjectVersion, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.items = items
