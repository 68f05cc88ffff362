"""How many bytes are in memory at once: fair, bounded, and always given back."""

import asyncio
from collections.abc import Awaitable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.entrypoints.mail_api.byte_budget import Busy, ByteBudget

WAIT = 60.0


async def settle() -> None:
    """Let everybody who can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


class Holder:
    """A task that holds a reservation until it is let go."""

    def __init__(self, budget: ByteBudget, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.inside = False
        self.let_go = asyncio.Event()
        self.task = asyncio.ensure_future(self._hold(budget))

    async def _hold(self, budget: ByteBudget) -> None:
        async with budget.reserve(self.size_bytes):
            self.inside = True
            try:
                await self.let_go.wait()
            finally:
                self.inside = False

    async def leave(self) -> None:
        self.let_go.set()
        await self.task


async def test_reserve_holds_and_gives_back() -> None:
    budget = ByteBudget(10, wait_seconds=WAIT)
    async with budget.reserve(4), budget.reserve(6):
        assert budget.used_bytes == 10
    assert budget.used_bytes == 0


async def test_reserve_gives_back_after_an_error() -> None:
    budget = ByteBudget(10, wait_seconds=WAIT)
    with pytest.raises(KeyError):
        async with budget.reserve(4):
            raise KeyError
    assert budget.used_bytes == 0


async def test_reserve_of_more_than_everything_takes_everything() -> None:
    budget = ByteBudget(10, wait_seconds=WAIT)
    async with budget.reserve(1000):
        assert budget.used_bytes == 10
    assert budget.used_bytes == 0


async def test_reserve_lets_a_large_one_in_before_small_ones_that_came_later() -> None:
    budget = ByteBudget(10, wait_seconds=WAIT)
    first = Holder(budget, 6)
    await settle()
    large, small = Holder(budget, 10), Holder(budget, 1)
    await settle()
    assert (first.inside, large.inside, small.inside) == (True, False, False)
    await first.leave()
    await settle()
    assert (large.inside, small.inside) == (True, False)
    await large.leave()
    await settle()
    assert small.inside
    await small.leave()
    assert budget.used_bytes == 0


async def test_reserve_lets_in_as_many_as_fit_at_once() -> None:
    budget = ByteBudget(10, wait_seconds=WAIT)
    first = Holder(budget, 10)
    await settle()
    rest = [Holder(budget, 5) for _ in range(3)]
    await first.leave()
    await settle()
    assert [holder.inside for holder in rest] == [True, True, False]
    await asyncio.gather(*(holder.leave() for holder in rest))
    assert budget.used_bytes == 0


async def test_reserve_is_busy_when_nobody_leaves_in_time() -> None:
    budget = ByteBudget(10, wait_seconds=0.01)
    async with budget.reserve(10):
        with pytest.raises(Busy) as caught:
            async with budget.reserve(1):
                pytest.fail("there was no room")
        assert caught.value.hint
        assert not caught.value.permanent
        assert budget.used_bytes == 10
    assert budget.used_bytes == 0
    async with budget.reserve(10):
        assert budget.used_bytes == 10


async def test_reserve_wakes_those_behind_one_that_gave_up() -> None:
    budget = ByteBudget(10, wait_seconds=WAIT)
    first = Holder(budget, 6)
    await settle()
    large, small = Holder(budget, 10), Holder(budget, 4)
    await settle()
    large.task.cancel()
    await settle()
    assert small.inside
    await asyncio.gather(first.leave(), small.leave())
    assert budget.used_bytes == 0


async def cancelled(task: Awaitable[None]) -> None:
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_reserve_cancelled_in_the_moment_its_turn_comes_gives_back() -> None:
    budget = ByteBudget(10, wait_seconds=WAIT)
    first = Holder(budget, 10)
    await settle()
    second = Holder(budget, 10)
    await settle()
    first.let_go.set()
    while not first.task.done():
        await asyncio.sleep(0)
        second.task.cancel()
    await cancelled(second.task)
    await settle()
    assert budget.used_bytes == 0
    async with budget.reserve(10):
        assert budget.used_bytes == 10


async def test_reserve_timed_out_in_the_moment_its_turn_comes_gives_back() -> None:
    budget = ByteBudget(10, wait_seconds=0)
    async with budget.reserve(10):
        waiting = asyncio.ensure_future(budget.reserve(10).__aenter__())
        await asyncio.sleep(0)
    # The turn was given here; the time of the one who waited ends before it runs.
    with pytest.raises(Busy):
        await waiting
    assert budget.used_bytes == 0


@given(
    st.lists(st.tuples(st.sampled_from("hhhlc"), st.integers(0, 25), st.integers(0, 3)), max_size=40),
    st.integers(1, 20),
)
def test_reserve_never_gives_more_than_there_is_and_loses_nothing(
    steps: list[tuple[str, int, int]], total: int
) -> None:
    asyncio.run(stress(steps, total))


async def stress(steps: list[tuple[str, int, int]], total: int) -> None:
    budget = ByteBudget(total, wait_seconds=WAIT)
    holders: list[Holder] = []
    for action, number, turns in steps:
        if action == "h":
            holders.append(Holder(budget, number))
        elif holders and action == "l":
            holders[number % len(holders)].let_go.set()
        elif holders:
            holders[number % len(holders)].task.cancel()
        for _ in range(turns):
            await asyncio.sleep(0)
            assert sum(min(holder.size_bytes, total) for holder in holders if holder.inside) <= budget.used_bytes
            assert 0 <= budget.used_bytes <= total
    for holder in holders:
        holder.let_go.set()
    await asyncio.gather(*(holder.task for holder in holders), return_exceptions=True)
    assert budget.used_bytes == 0
    async with budget.reserve(total):
        assert budget.used_bytes == total
