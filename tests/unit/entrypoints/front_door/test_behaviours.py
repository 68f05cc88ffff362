"""The shared table of an edge's behaviours, against the front door's hold and sweep."""

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.doors import Doors
from fakes.house import FakeHouse

CASES = json.loads((Path(__file__).parents[3] / "vectors" / "edge-behaviours.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_sweep_behaves_as_the_shared_table_says(case: dict[str, Any], tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse(case["house"]))
    ids = {name: doors.hold_message(name) for name in case["house"]}
    doors.clock.move(days=case.get("age_days", 0))
    for number in range(case["sweeps"]):
        await doors.door.sweep.run()
        doors.clock.move(minutes=20)
        if number == 0:
            place_orders(doors, case, ids)
    assert {name: doors.where(delivery_id) for name, delivery_id in ids.items()} == case["end"]
    assert {name: doors.house.times_offered(name) for name in case["offers"]} == case["offers"]
    if alarm := case.get("alarm"):
        assert alarm in {error["code"] for report in doors.house.reports for error in report["errors"]}


def place_orders(doors: Doors, case: dict[str, Any], ids: dict[str, Any]) -> None:
    doors.house.orders = [
        {"order_id": f"order-{name}", "action": action, "delivery_id": ids[name]}
        for name, action in case.get("orders", {}).items()
    ]
