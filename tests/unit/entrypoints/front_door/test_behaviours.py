"""The shared table of an edge's behaviours, against the front door's hold and sweep."""

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.doors import Doors
from fakes.house import FakeHouse
from machiya.mail.edge_rules import RecipientDecision
from machiya.mail.held import HouseAnswer

TABLE = json.loads((Path(__file__).parents[3] / "vectors" / "edge-behaviours.json").read_text("utf-8"))


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
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


async def codes_of_the_next_report(doors: Doors) -> set[str]:
    doors.clock.move(minutes=20)
    await doors.door.sweep.run()
    return {error["code"] for error in doors.house.reports[-1]["errors"]}


@pytest.mark.parametrize("case", TABLE["report_answers"]["cases"], ids=lambda case: case["name"])
async def test_receipts_stay_until_a_house_has_answered_the_report(case: dict[str, Any], tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"m1": [429]}))
    delivery_id = doors.hold_message("m1")
    doors.house.report_status, doors.house.report_body = case["status"], case["body"].encode()
    await doors.door.sweep.run()
    assert doors.hold.receipts(10) == (() if case["taken"] else (delivery_id,))
    doors.house.report_status, doors.house.report_body = 200, None
    assert await codes_of_the_next_report(doors) == alarm_of(case)
    assert doors.house.reports[-1]["accepted"] == ([] if case["taken"] else [delivery_id])


@pytest.mark.parametrize("case", TABLE["recipients_answers"]["cases"], ids=lambda case: case["name"])
async def test_only_a_table_is_taken_for_a_table(case: dict[str, Any], tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    doors.house.table = HouseAnswer(case["status"], body=case["body"].encode(), etag=case["etag"] or "")
    await doors.door.sweep.run()
    assert doors.door.table.state.complete is case["adopted"]
    stranger = RecipientDecision.UNKNOWN if case["adopted"] else RecipientDecision.ACCEPT
    assert doors.door.table.decide("nobody@example.jp") is stranger
    assert await codes_of_the_next_report(doors) == alarm_of(case)


def alarm_of(case: dict[str, Any]) -> set[str]:
    return {case["alarm"]} if "alarm" in case else set()
