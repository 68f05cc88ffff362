import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fakes.doors import Doors, until
from fakes.house import FakeHouse
from machiya.entrypoints.front_door.offers import Offered


@asynccontextmanager
async def working(doors: Doors) -> AsyncIterator[None]:
    task = asyncio.create_task(doors.door.courier.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_offered(doors: Doors, times: int) -> None:
    await until(lambda: len(doors.house.offers) >= times and not doors.door.offers.in_flight)


async def test_an_announced_message_goes_home_without_a_sweep(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    async with working(doors):
        doors.door.courier.announce([doors.hold_message("u0")])
        await until_offered(doors, 1)
    assert doors.hold.held_ids().ids == ()


async def test_couriers_are_bounded(tmp_path: Path) -> None:
    doors = Doors(tmp_path, couriers=3)
    doors.house.gate = asyncio.Event()
    ids = [doors.hold_message(f"u{number}") for number in range(9)]
    async with working(doors):
        doors.door.courier.announce(ids)
        await until(lambda: len(doors.house.offers) == 3)
        doors.house.gate.set()
        await until_offered(doors, 9)
    assert doors.house.busiest == 3


async def test_sweep_and_courier_never_offer_one_message_at_the_same_time(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    doors.house.gate = asyncio.Event()
    async with working(doors):
        doors.door.courier.announce([doors.hold_message("u0")])
        await until(lambda: doors.house.offers)
        await doors.door.sweep.run()
        doors.house.gate.set()
        await until_offered(doors, 1)
    assert len(doors.house.offers) == 1


async def test_while_the_house_is_silent_nothing_is_tried(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": ["refused"]}))
    doors.hold_message("u0")
    await doors.door.sweep.run()
    async with working(doors):
        later = doors.hold_message("u1")
        doors.door.courier.announce([later])
        await asyncio.sleep(0.02)
    assert [recipient for recipient, _ in doors.house.offers] == ["u0"]
    assert doors.where(later) == "held"


async def test_a_courier_survives_what_nobody_foresaw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doors = Doors(tmp_path, couriers=1)
    real, calls = doors.door.offers.offer, []

    async def broken_once(delivery_id: object) -> Offered | None:
        calls.append(delivery_id)
        if len(calls) == 1:
            raise RuntimeError("nobody foresaw this")
        return await real(delivery_id)  # type: ignore[arg-type]

    monkeypatch.setattr(doors.door.offers, "offer", broken_once)
    ids = [doors.hold_message("u0"), doors.hold_message("u1")]
    async with working(doors):
        doors.door.courier.announce(ids)
        await until_offered(doors, 1)
    assert [recipient for recipient, _ in doors.house.offers] == ["u1"]
    assert doors.where(ids[0]) == "held"


async def test_what_does_not_fit_the_queue_is_left_to_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("machiya.entrypoints.front_door.courier.WAITING", 1)
    doors = Doors(tmp_path)
    ids = [doors.hold_message("u0"), doors.hold_message("u1")]
    doors.door.courier.announce(ids)
    await doors.door.sweep.run()
    assert doors.hold.held_ids().ids == ()
