import asyncio
from pathlib import Path
from typing import Any

import pytest

from fakes.doors import RECIPIENT_KEY, Doors, until
from fakes.house import FakeHouse
from machiya.core.clock import to_wire
from machiya.core.identifiers import new_delivery_id
from machiya.core.recipients import address_hash
from machiya.entrypoints.front_door.orders import listed_orders
from machiya.entrypoints.front_door.sweep import Rhythm
from machiya.mail.edge_rules import RecipientDecision
from machiya.mail.held import HoldFull, HouseAnswer


def table(etag: str, **entries: str) -> HouseAnswer:
    lines = sorted(f"{address_hash(RECIPIENT_KEY, f'{name}@example.jp')} {kind}\n" for name, kind in entries.items())
    return HouseAnswer(200, body="".join(lines).encode(), etag=etag)


async def sweep(doors: Doors, runs: int = 1) -> Any:
    swept = None
    for _ in range(runs):
        swept = await doors.door.sweep.run()
        doors.clock.move(minutes=1)
    return swept


def order_offered(doors: Doors) -> list[str]:
    return [recipient for recipient, _ in doors.house.offers]


async def test_the_house_gets_the_bytes_the_envelope_and_the_checksum(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    delivery_id = doors.hold_message("taro@example.jp", b"\x00\xff\r\n")
    await sweep(doors)
    assert doors.house.offers == [("taro@example.jp", b"\x00\xff\r\n")]
    (message,) = doors.house.offered_messages
    assert (message.delivery_id, message.envelope.sender, message.envelope.size_bytes) == (
        delivery_id,
        "a@b.example",
        4,
    )


async def test_the_first_message_goes_alone_and_then_more_at_once(tmp_path: Path) -> None:
    doors = Doors(tmp_path, rhythm=Rhythm(at_once=4))
    for number in range(12):
        doors.hold_message(f"u{number:02}")
    doors.house.gate = asyncio.Event()
    running = asyncio.create_task(doors.door.sweep.run())
    await until(lambda: doors.house.offers)
    assert order_offered(doors) == ["u00"]
    doors.house.gate.set()
    await running
    assert sorted(order_offered(doors)) == [f"u{number:02}" for number in range(12)]
    assert doors.hold.held_ids().ids == ()


async def test_a_poisoned_message_at_the_head_delays_nobody(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"poison": [429]}), rhythm=Rhythm(batch=2, at_once=1))
    doors.hold_message("poison")
    for number in range(5):
        doors.hold_message(f"u{number}")
    await sweep(doors, 3)
    assert order_offered(doors) == ["poison", "u0", "u1", "u2", "u3", "u4"]
    await sweep(doors)
    assert order_offered(doors)[-1] == "poison"


async def test_the_cursor_survives_a_restart(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": [429], "u1": [429], "u2": [429]}), rhythm=Rhythm(batch=1))
    for number in range(3):
        doors.hold_message(f"u{number}")
    await sweep(doors)
    doors.restart()
    await sweep(doors)
    assert order_offered(doors) == ["u0", "u1"]


async def test_more_is_said_only_while_the_house_takes_some(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": [201], "u1": [429], "u2": [429]}), rhythm=Rhythm(batch=1))
    for number in range(3):
        doors.hold_message(f"u{number}")
    assert (await sweep(doors)).more
    assert not (await sweep(doors)).more, "a full mailbox must not make the sweep run without a pause"


async def test_an_ill_house_is_left_alone_for_longer_and_longer(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": ["refused"]}))
    doors.hold_message("u0")
    tried_at = []
    for second in range(20):
        before = len(doors.house.offers)
        await doors.door.sweep.run()
        if len(doors.house.offers) > before:
            tried_at.append(second)
        doors.clock.move(seconds=1)
    assert tried_at == [0, 1, 3, 7, 12, 17]


async def test_a_clock_that_was_set_back_does_not_stop_the_sweep(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": ["refused"]}))
    doors.hold_message("u0")
    await doors.door.sweep.run()
    doors.clock.move(days=-1)
    await doors.door.sweep.run()
    assert len(doors.house.offers) == 2


async def test_a_silent_house_is_not_asked_for_anything_else_in_that_run(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": ["timeout"]}))
    doors.hold_message("u0")
    await doors.door.sweep.run()
    assert doors.door.sweep.house_silent
    assert (doors.house.reports, doors.house.etags_asked) == ([], [])


async def test_a_house_that_answers_ill_still_hears_the_report(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": [503]}))
    doors.hold_message("u0")
    await doors.door.sweep.run()
    assert not doors.door.sweep.house_silent
    assert doors.house.reports[-1]["held"] == 1


async def test_the_report_tells_what_the_protocol_asks_for(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"dead": [422], "late": [429]}))
    dead, late = doors.hold_message("dead"), doors.hold_message("late")
    at = doors.clock.now()
    await sweep(doors)
    (report,) = doors.house.reports
    assert report == {
        "at": to_wire(at),
        "v": 1,
        "edge": "front-door",
        "held": 1,
        "held_more": False,
        "oldest": "2026-11-23T10:00:00.125Z",
        "held_ids": [late],
        "dead_count": 1,
        "dead": [
            {
                "id": dead,
                "from": "a@b.example",
                "to": "dead",
                "at": "2026-11-23T10:00:00.124Z",
                "died_at": to_wire(at),
                "size": 21,
                "reason": "code_422: as told",
            }
        ],
        "accepted": [dead, late],
        "errors": [],
        "recipients": {"etag": None, "complete": False, "confirmed_at": None},
        "orders_done": [],
    }


async def test_accepted_ids_and_errors_are_told_until_a_report_is_taken(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": [401]}))
    delivery_id = doors.hold_message("u0")
    doors.house.report_status = 500
    await sweep(doors)
    doors.restart()
    doors.house.report_status = 200
    await sweep(doors, 2)
    first, second = doors.house.reports
    assert first["accepted"] == [delivery_id]
    assert {error["code"] for error in first["errors"]} == {"unauthorized", "report_failed"}
    assert second["accepted"] == []
    assert {error["code"] for error in second["errors"]} == {"unauthorized"}, "met again since"


async def test_a_quiet_edge_reports_seldom_and_a_change_at_once(tmp_path: Path) -> None:
    doors = Doors(tmp_path, report_quiet_seconds=3600)
    await sweep(doors, 5)
    assert len(doors.house.reports) == 1
    doors.hold_message("u0")
    await sweep(doors)
    assert len(doors.house.reports) == 2


async def test_a_report_of_many_long_dead_letters_stays_within_its_bound(tmp_path: Path) -> None:
    name = "é" * 250
    doors = Doors(tmp_path)
    for number in range(100):
        delivery_id = doors.hold_message(f"{name}{number}")
        message = doors.hold.held(delivery_id)
        assert message is not None
        doors.hold.bury(message, "é" * 900, doors.clock.now())
    await sweep(doors)
    (report,) = doors.house.reports
    assert report["dead_count"] == 100
    assert 10 < len(report["dead"]) < 100


async def test_orders_are_done_once_and_told_until_the_house_knows(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": [422]}))
    delivery_id = doors.hold_message("u0")
    await sweep(doors)
    doors.house.orders = [
        {"order_id": "o1", "action": "discard", "delivery_id": delivery_id},
        {"order_id": "o2", "action": "retry", "delivery_id": new_delivery_id(doors.clock.now())},
    ]
    await sweep(doors)
    doors.restart()
    await sweep(doors)
    assert doors.house.reports[-1]["orders_done"] == [
        {"order_id": "o1", "result": "discarded"},
        {"order_id": "o2", "result": "not_found"},
    ]
    await sweep(doors)
    assert doors.house.reports[-1]["orders_done"] == []


async def test_a_revived_message_is_offered_at_once(tmp_path: Path) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": [422]}))
    delivery_id = doors.hold_message("u0")
    await sweep(doors)
    doors.house.orders = [{"order_id": "o1", "action": "retry", "delivery_id": delivery_id}]
    assert (await sweep(doors)).revived == (delivery_id,)


@pytest.mark.parametrize("odd", [None, [], "retry", {}, {"order_id": "o2", "action": "burn", "delivery_id": "x"}])
async def test_an_order_that_cannot_be_read_is_reported_and_stops_no_other(tmp_path: Path, odd: object) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": [422]}))
    delivery_id = doors.hold_message("u0")
    await sweep(doors)
    orders = [odd, {"order_id": "o1", "action": "retry", "delivery_id": delivery_id}]
    assert await doors.door.orders.carry_out(orders) == (delivery_id,)
    assert [error.code for error in doors.door.errors.pending()] == ["orders_malformed"]


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[" * 100_000, b"[]", b'{"v":1,"orders":null}', b'{"v":2,"orders":[]}']
)
def test_listed_orders_are_only_a_houses(body: bytes) -> None:
    assert listed_orders(body) is None
    assert listed_orders(b'{"v":1,"orders":[1]}') == [1]


async def test_foreign_and_damaged_files_are_reported_and_stop_nobody(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    damaged = doors.hold_message("u0")
    doors.hold_message("u1")
    (doors.hold.root / "in" / "notes.txt").touch()
    (doors.hold.root / "in" / f"{damaged}.json").write_text("spoiled")
    await sweep(doors, 2)
    assert order_offered(doors) == ["u1"]
    codes = [error["code"] for error in doors.house.reports[0]["errors"]]
    assert sorted(codes) == ["foreign_file", "hold_damaged"]
    assert "foreign_file" not in {error["code"] for error in doors.house.reports[1]["errors"]}, "told once"


async def test_a_full_disk_while_burying_keeps_the_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doors = Doors(tmp_path, FakeHouse({"u0": [422], "u1": [201]}))
    first, second = doors.hold_message("u0"), doors.hold_message("u1")

    def full(*_arguments: object) -> None:
        raise HoldFull("the disk is full", hint="Free space.")

    monkeypatch.setattr(doors.hold, "bury", full)
    await sweep(doors)
    assert (doors.where(first), doors.where(second)) == ("held", "gone")
    assert "hold_full" in {error["code"] for error in doors.house.reports[-1]["errors"]}


async def test_recipients_are_pulled_confirmed_and_kept_over_a_restart(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    doors.house.table = table('"v1"', taro="a")
    await sweep(doors)
    assert doors.door.table.decide("taro@example.jp") is RecipientDecision.ACCEPT
    assert doors.door.table.decide("nobody@example.jp") is RecipientDecision.UNKNOWN
    doors.restart()
    assert doors.door.table.decide("nobody@example.jp") is RecipientDecision.UNKNOWN
    doors.house.table = HouseAnswer(304)
    await sweep(doors)
    assert doors.house.etags_asked == ["", '"v1"']


async def test_recipients_are_not_pulled_before_the_interval(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    doors.house.table = table('"v1"', taro="a")
    for _ in range(12):
        await doors.door.sweep.run()
        doors.clock.move(seconds=1)
    assert len(doors.house.etags_asked) == 3


async def test_a_confirmation_keeps_an_old_table_alive_and_its_absence_lets_it_die(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    doors.house.table = table('"v1"', taro="a")
    await sweep(doors)
    doors.clock.move(hours=23)
    doors.house.table = HouseAnswer(304)
    await sweep(doors)
    doors.clock.move(hours=23)
    assert doors.door.table.decide("nobody@example.jp") is RecipientDecision.UNKNOWN
    doors.clock.move(hours=2)
    assert doors.door.table.decide("nobody@example.jp") is RecipientDecision.ACCEPT


@pytest.mark.parametrize("body", [b"nonsense\n", b"0" * 31 + b" a\n", b"0" * 32 + b" aa\n", b"\xff\n"])
async def test_a_list_that_cannot_be_read_leaves_the_old_one(tmp_path: Path, body: bytes) -> None:
    doors = Doors(tmp_path)
    doors.house.table = table('"v1"', taro="a")
    await sweep(doors)
    doors.house.table = HouseAnswer(200, body=body, etag='"v2"')
    await sweep(doors)
    assert doors.door.table.decide("taro@example.jp") is RecipientDecision.ACCEPT
    assert doors.door.table.etag == '"v1"'
    assert "recipients_malformed" in [error.code for error in doors.door.errors.pending()]


async def test_a_table_without_its_state_is_asked_for_anew(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    doors.house.table = table('"v1"', taro="a")
    await sweep(doors)
    doors.hold.write_state("recipients", {"etag": '"v0"', "confirmed_at": to_wire(doors.clock.now())})
    doors.restart()
    assert doors.door.table.decide("nobody@example.jp") is RecipientDecision.ACCEPT
    await sweep(doors)
    assert doors.house.etags_asked[-1] == ""


async def test_errors_are_remembered_once_each_and_at_most_twenty(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    for number in range(30):
        doors.door.errors.note("unexpected_status", f"{number % 25}")
    pending = doors.door.errors.pending()
    assert len(pending) == 20
    assert [error.detail for error in pending][-1] == "4"
    doors.restart()
    assert doors.door.errors.pending() == pending
