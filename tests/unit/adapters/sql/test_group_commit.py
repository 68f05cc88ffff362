import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from machiya.adapters.sql.group_commit import GroupCommit
from machiya.adapters.sql.trace_reader import SqlTraceReader
from machiya.core.errors import Unavailable
from machiya.core.identifiers import new_delivery_id
from machiya.mail.model import TraceEvent
from machiya.mail.ports import Ledger

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOME = new_delivery_id(NOON)


@pytest.fixture
def group(engine: Engine) -> Iterator[GroupCommit]:
    with closing(GroupCommit(engine)) as made:
        yield made


def note(kind: str) -> Callable[[Ledger], str]:
    def work(ledger: Ledger) -> str:
        ledger.add_events([TraceEvent(HOME, NOON, kind)])
        return kind

    return work


def noted(engine: Engine) -> list[str]:
    return [found.kind for found in SqlTraceReader(engine).events(HOME)]


def cursor_of(ledger: Ledger) -> Any:
    return ledger._cursor  # type: ignore[attr-defined]


class Gate:
    """Work that holds the writer until it is opened, so that a test knows what is queued behind it."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, ledger: Ledger) -> None:
        del ledger
        self.entered.set()
        assert self.opened.wait(30)


async def queued_behind(
    group: GroupCommit, *works: Callable[[Ledger], Any]
) -> tuple[Gate, "asyncio.Future[list[Any]]"]:
    """Hold the writer and queue ``works``; they run in one batch once the gate is opened."""
    gate = Gate()
    holding = asyncio.ensure_future(group.run(gate))
    await asyncio.to_thread(gate.entered.wait, 30)
    waiting = asyncio.gather(*(group.run(work) for work in works), return_exceptions=True)
    await asyncio.sleep(0)
    holding.add_done_callback(lambda done: done.result())
    return gate, waiting


async def test_work_that_waits_shares_one_transaction(engine: Engine, group: GroupCommit) -> None:
    taken: list[int] = []
    event.listen(engine, "checkout", lambda *_: taken.append(1))
    gate, waiting = await queued_behind(group, *(note(str(n)) for n in range(20)))
    gate.opened.set()
    assert await waiting == [str(n) for n in range(20)]
    assert len(taken) == 2
    assert noted(engine) == [str(n) for n in range(20)]


async def test_batch_limit_divides_the_queue(engine: Engine) -> None:
    taken: list[int] = []
    event.listen(engine, "checkout", lambda *_: taken.append(1))
    with closing(GroupCommit(engine, batch_limit=8)) as group:
        gate, waiting = await queued_behind(group, *(note(str(n)) for n in range(20)))
        gate.opened.set()
        await waiting
    assert len(taken) == 4


async def test_nothing_is_told_before_the_commit(engine: Engine, group: GroupCommit) -> None:
    gate = Gate()

    def work(ledger: Ledger) -> None:
        note("early")(ledger)
        gate(ledger)

    waiting = asyncio.ensure_future(group.run(work))
    await asyncio.to_thread(gate.entered.wait, 30)
    assert noted(engine) == []
    assert not waiting.done()
    gate.opened.set()
    await waiting
    assert noted(engine) == ["early"]


async def test_exception_undoes_its_own_savepoint_only(engine: Engine, group: GroupCommit) -> None:
    def fail(ledger: Ledger) -> None:
        note("undone")(ledger)
        raise KeyError("mine")

    gate, waiting = await queued_behind(group, note("before"), fail, note("after"))
    gate.opened.set()
    before, failed, after = await waiting
    assert (before, after) == ("before", "after")
    assert isinstance(failed, KeyError)
    assert noted(engine) == ["before", "after"]


async def test_failing_commit_fails_all(engine: Engine, group: GroupCommit) -> None:
    def spoil(ledger: Ledger) -> None:
        cursor_of(ledger).execute("PRAGMA defer_foreign_keys=ON")
        cursor_of(ledger).execute("INSERT INTO aliases VALUES ('a@nowhere.test', 'nowhere.test', '2026')")

    gate, waiting = await queued_behind(group, note("one"), spoil, note("two"))
    gate.opened.set()
    results = await waiting
    assert [type(result) for result in results] == [Unavailable] * 3
    assert len({id(result) for result in results}) == 3
    assert noted(engine) == []
    assert await group.run(note("well again")) == "well again"
    assert noted(engine) == ["well again"]


async def test_full_disk_fails_the_batch_and_says_so(engine: Engine, group: GroupCommit) -> None:
    def fill(ledger: Ledger) -> None:
        (pages,) = cursor_of(ledger).execute("PRAGMA page_count").fetchone()
        cursor_of(ledger).execute(f"PRAGMA max_page_count={pages}")
        ledger.add_events([TraceEvent(HOME, NOON, "big", {"detail": "x" * 100_000})])

    gate, waiting = await queued_behind(group, note("one"), fill, note("two"))
    gate.opened.set()
    results = await waiting
    assert all(
        isinstance(result, Unavailable) and "disk with the database is full" in str(result) for result in results
    )
    assert noted(engine) == []
    assert await group.run(note("well again")) == "well again"


async def test_broken_connection_is_replaced(engine: Engine, group: GroupCommit) -> None:
    def break_it(ledger: Ledger) -> None:
        note("lost")(ledger)
        cursor_of(ledger).connection.close()

    with pytest.raises(Unavailable):
        await group.run(break_it)
    assert await group.run(note("well again")) == "well again"
    assert noted(engine) == ["well again"]


async def test_locked_database_is_unavailable_and_work_goes_on_later(engine: Engine, group: GroupCommit) -> None:
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=1"))
    engine.dispose()
    with engine.connect() as other:
        other.execute(text("DELETE FROM domains"))
        with pytest.raises(Unavailable, match="locked"):
            await group.run(note("refused"))
    assert await group.run(note("later")) == "later"
    assert noted(engine) == ["later"]


async def test_cancelled_caller_does_not_undo_queued_work(engine: Engine, group: GroupCommit) -> None:
    gate = Gate()
    holding = asyncio.ensure_future(group.run(gate))
    await asyncio.to_thread(gate.entered.wait, 30)
    impatient = asyncio.ensure_future(group.run(note("done anyway")))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    gate.opened.set()
    await holding
    await group.run(note("next"))
    assert noted(engine) == ["done anyway", "next"]


async def test_stop_iteration_reaches_its_caller_as_an_error(group: GroupCommit) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await group.run(lambda _: next(iter(())))


async def test_close_does_what_is_queued_first(engine: Engine) -> None:
    group = GroupCommit(engine)
    gate, waiting = await queued_behind(group, *(note(str(n)) for n in range(5)))
    closing_thread = asyncio.create_task(asyncio.to_thread(group.close))
    gate.opened.set()
    assert await waiting == [str(n) for n in range(5)]
    await closing_thread
    group.close()
    assert noted(engine) == [str(n) for n in range(5)]
    with pytest.raises(Unavailable):
        await group.run(note("late"))


def test_callers_may_live_on_several_loops(engine: Engine, group: GroupCommit) -> None:
    async def many(prefix: str) -> list[str]:
        return list(await asyncio.gather(*(group.run(note(f"{prefix}{n}")) for n in range(10))))

    results: dict[str, list[str]] = {}
    threads = [
        threading.Thread(target=lambda name=name: results.update({name: asyncio.run(many(name))})) for name in "abc"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {name: [f"{name}{n}" for n in range(10)] for name in "abc"}
    assert len(noted(engine)) == 30


def test_caller_whose_loop_is_gone_does_not_stop_the_writer(engine: Engine, group: GroupCommit) -> None:
    gate = Gate()

    async def leave() -> None:
        hold = asyncio.ensure_future(group.run(gate))
        await asyncio.to_thread(gate.entered.wait, 30)
        hold.cancel()

    asyncio.run(leave())
    gate.opened.set()
    assert asyncio.run(group.run(note("next"))) == "next"
    assert noted(engine) == ["next"]
