"""Many small pieces of work on the ledger, one commit: a disk's flush is paid once for all that waited for it."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine, PoolProxiedConnection

from machiya.adapters.sql.errors import DRIVER_ERRORS, is_illness, translate
from machiya.adapters.sql.ledger import LedgerStatements, SqlLedger
from machiya.core.errors import MachiyaError, Unavailable
from machiya.mail.ports import Ledger

T = TypeVar("T")

BATCH_LIMIT = 256

_log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class _Job:
    """A piece of work and who waits for it."""

    work: Callable[[Ledger], Any]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None

    def resolve(self) -> None:
        """On its loop: tell the caller, unless it has gone."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


@dataclass(slots=True)
class _Batch:
    """Jobs that share one commit."""

    jobs: list[_Job] = field(default_factory=list)
    last: bool = False


class GroupCommit:
    """``LedgerTransactions``: one thread takes all that is queued, one transaction, a savepoint for each piece of work.

    Work may come from several event loops. ``close`` when done.
    """

    def __init__(self, engine: Engine, *, batch_limit: int = BATCH_LIMIT) -> None:
        self._engine = engine
        self._batch_limit = batch_limit
        self._statements: LedgerStatements | None = None
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="ledger-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Ledger], T]) -> T:
        """Do ``work`` in a transaction, on the writer's thread; awaited means durable.

        Work that was queued is done even if the caller is cancelled meanwhile. An exception of ``work`` undoes its own
        changes only and is raised here.

        Raises:
            Unavailable: the database did not take it, or this was closed.
        """
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future(), loop)
        with self._gate:
            if self._closed:
                raise Unavailable("the ledger is being closed", hint="The house is stopping; try again later.")
            self._queue.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Do everything queued, then end the thread; a second call does nothing."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        while True:
            batch = self._take()
            if batch.jobs:
                self._do(batch.jobs)
                _tell(batch.jobs)
            if batch.last:
                return

    def _take(self) -> _Batch:
        """Wait for a job, then take what else is there."""
        batch = _Batch()
        try:
            while len(batch.jobs) < self._batch_limit and not batch.last:
                job = self._queue.get(block=not batch.jobs)
                batch.last = job is None
                if job is not None:
                    batch.jobs.append(job)
        except queue.Empty:
            pass
        return batch

    def _do(self, jobs: Sequence[_Job]) -> None:
        """One transaction; afterwards every job has a result or an error."""
        try:
            self._transact(jobs)
        except BaseException as error:  # noqa: BLE001 – the thread must live, and every caller must hear
            if not isinstance(error, DRIVER_ERRORS):
                _log.exception("ledger.writer_failed", jobs=len(jobs))
            for job in jobs:
                job.result, job.error = None, _for_all(error)

    def _transact(self, jobs: Sequence[_Job]) -> None:
        # From the pool for each batch: the pool replaces connections that died meanwhile.
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            self._begin(cursor)
            self._statements = self._statements or LedgerStatements(self._engine.dialect)
            ledger = SqlLedger(cursor, self._statements)
            for job in jobs:
                _attempt(job, cursor, ledger)
            cursor.execute("COMMIT")
        except BaseException:
            _throw_away(connection)
            raise
        connection.close()

    def _begin(self, cursor: Any) -> None:
        cursor.execute("BEGIN IMMEDIATE" if self._engine.dialect.name == "sqlite" else "BEGIN")


def _throw_away(connection: PoolProxiedConnection) -> None:
    """Nobody knows what state it is in, so it does not go back to the pool.

    Rolled back first: a SQLite connection that still has a statement keeps its lock after it was closed.
    """
    with suppress(*DRIVER_ERRORS):
        connection.rollback()
    connection.invalidate()


def _attempt(job: _Job, cursor: Any, ledger: Ledger) -> None:
    """Run one job in its savepoint; only an ill database leaves this function as an exception."""
    cursor.execute("SAVEPOINT job")
    try:
        job.result = job.work(ledger)
    except BaseException as error:
        if isinstance(error, DRIVER_ERRORS) and is_illness(error):
            raise
        cursor.execute("ROLLBACK TO SAVEPOINT job")
        job.error = _presentable(error)
    cursor.execute("RELEASE SAVEPOINT job")


def _presentable(error: BaseException) -> BaseException:
    if isinstance(error, DRIVER_ERRORS):
        return translate(error)
    if isinstance(error, StopIteration):  # a future does not take it
        return RuntimeError("work on the ledger raised StopIteration")
    return error


def _for_all(error: BaseException) -> Unavailable:
    """One new exception for each caller: a shared one would collect everybody's tracebacks."""
    meaning = translate(error) if isinstance(error, DRIVER_ERRORS) else MachiyaError(repr(error))
    failed = Unavailable(f"the ledger was not written: {meaning.message}", hint=meaning.hint or "Look at the log.")
    failed.__cause__ = error
    return failed


def _tell(jobs: Sequence[_Job]) -> None:
    """One wake-up for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, waiting in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, waiting)
        except RuntimeError:
            _log.warning("ledger.callers_gone", jobs=len(waiting))


def _resolve(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.resolve()
