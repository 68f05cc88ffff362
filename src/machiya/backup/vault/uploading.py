"""Packs on their way: written one after the other, uploaded several at once, indexed as soon as they are stored."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import BinaryIO, Self

from machiya.backup.vault.model import Member, ObjectVersion, Spooled, VaultRules, pack_key
from machiya.backup.vault.ports import PackBuilder, Packing, VaultIndex, VaultStore
from machiya.backup.vault.renewal import renew_all, require_lock
from machiya.core.progress import SILENT


class PackUploads:
    """Takes contents and stores them in packs; each pack that was stored is known to the index at once.

    So a run that is killed loses no more than the packs on their way. Use as a context manager; leaving it waits.
    """

    def __init__(
        self, store: VaultStore, index: VaultIndex, packing: Packing, rules: VaultRules, until: datetime
    ) -> None:
        self._store, self._index, self._packing, self._rules, self._until = store, index, packing, rules, until
        self._pool = ThreadPoolExecutor(rules.parallel)
        self._on_the_way: deque[tuple[Future[ObjectVersion], Spooled, Sequence[Member]]] = deque()
        self._pack: PackBuilder | None = None
        self.stored: set[ObjectVersion] = set()
        self.uploaded_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """After an error nothing new is begun; what was stored meanwhile still is indexed."""
        if self._pack is not None:
            self._pack.discard()
        self._pool.shutdown(cancel_futures=True)
        for future, spooled, members in self._on_the_way:
            if not future.cancelled() and future.exception() is None:
                self._index.add_pack(future.result(), members)
            spooled.path.unlink(missing_ok=True)

    def add(self, sha256: str, size: int, content: BinaryIO) -> None:
        """The next content; a file larger than a pack is a pack alone."""
        if self._pack is not None and self._pack.content_bytes + size > self._rules.pack_bytes:
            self._ship()
        if self._pack is None:
            self._pack = self._packing.pack()
        self._pack.add(sha256, size, content)

    def finish(self) -> None:
        """Ship the last pack and wait until all are stored."""
        self._ship()
        while self._on_the_way:
            self._arrived()

    def _ship(self) -> None:
        if self._pack is None:
            return
        pack, self._pack = self._pack, None
        spooled, members = pack.finish()
        while len(self._on_the_way) >= self._rules.parallel:
            self._arrived()
        self._on_the_way.append((self._pool.submit(self._stored, spooled), spooled, members))

    def _arrived(self) -> None:
        """Wait for the oldest one."""
        future, spooled, members = self._on_the_way[0]
        item = future.result()
        self._index.add_pack(item, members)
        self._on_the_way.popleft()
        spooled.path.unlink(missing_ok=True)
        self.stored.add(item)
        self.uploaded_bytes += spooled.size_bytes

    def _stored(self, spooled: Spooled) -> ObjectVersion:
        return store_locked(self._store, pack_key(spooled), spooled, self._until)


def store_locked(store: VaultStore, key: str, spooled: Spooled, until: datetime) -> ObjectVersion:
    """Upload and read the lock back; the version.

    Raises:
        NotLocked: the store does not keep it as long as it was asked to.
    """
    item = ObjectVersion(key, store.put(key, spooled.path, spooled.sha256, until))
    if store.locks and (store.locked_until(item) or until) < until:
        renew_all(store, [item], until, 1, SILENT)  # it was there from an earlier run that was stopped
    require_lock(store, item, until)
    return item
