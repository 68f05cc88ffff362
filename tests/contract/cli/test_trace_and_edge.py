"""machiya trace, edge and reconcile, as a person and a script see them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from machiya.bootstrap import House, open_house
from machiya.core.errors import InvalidInput
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.entrypoints.cli.trace import parse_since
from machiya.mail.edge import DeadLetter, EdgeReport
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.model import Envelope, InboundMessage
from machiya.mail.no_scanner import NoScanner

NOW = datetime.now(tz=UTC)
DEAD = new_delivery_id(NOW - timedelta(hours=2))
CONTENT = b"Subject: hi\r\nMessage-ID: <m1@street.example>\r\n\r\nhello\r\n"


async def deliver(house: House, recipient: str) -> DeliveryId:
    made = new_delivery_id(house.clock.now())
    store, ledger = house.mail_store(), house.ledger_transactions()
    ingest = Ingest(
        directory=house.directory,
        scanner=NoScanner(),
        store=store,
        quarantine=house.scanning.files(),
        ledger=ledger,
        clock=house.clock,
        rules=IngestRules(hostname="machiya.home.test"),
    )
    envelope = Envelope("stranger@street.example", recipient, house.clock.now(), len(CONTENT))
    await ingest(InboundMessage(made, envelope, "0" * 32, CONTENT))
    await store.close()
    ledger.close()
    return made


def report(**changes: Any) -> EdgeReport:
    facts: dict[str, Any] = {
        "edge": "worker", "at": NOW, "held": 0, "held_more": False, "oldest": None, "held_ids": (), "dead_count": 0,
        "dead": (), "accepted": (), "errors": (), "recipients_etag": '"e"', "recipients_confirmed_at": NOW,
        "recipients_complete": True,
    }  # fmt: skip
    return EdgeReport(**(facts | changes))


def letter() -> DeadLetter:
    return DeadLetter(DEAD, "", "nobody@home.test", NOW, NOW, 42, "unknown_recipient: nobody@home.test")


async def test_trace_tells_the_journey_by_address_message_id_and_delivery_id(house: Path, machiya: Any) -> None:
    made = await deliver(open_house(house), "hello@home.test")
    shown = machiya("trace", "you@home.test").out
    assert shown.startswith(f"{made}  delivered\n")
    assert "hello@home.test -> you@home.test; not scanned" in shown
    assert "stored for you@home.test" in shown
    assert machiya("trace", "<m1@street.example>").out == machiya("trace", made).out == shown
    [data] = json.loads(machiya("trace", "--json").out)
    assert (data["delivery_id"], data["state"], data["subject"]) == (made, "delivered", "hi")
    assert data["steps"][0]["text"].startswith("accepted at the edge for hello@home.test")


async def test_trace_since_leaves_out_what_is_older(house: Path, machiya: Any) -> None:
    await deliver(open_house(house), "you@home.test")
    tomorrow = f"{NOW + timedelta(days=1):%Y-%m-%d}"
    assert machiya("trace", "--since", tomorrow).out == ""
    assert machiya("trace", "--since", "1h").out != ""
    nothing = machiya("trace", "other@home.test")
    assert (nothing.code, "machiya edge status" in nothing.err) == (4, True)


@pytest.mark.parametrize(("text", "hours"), [("30m", 0.5), ("12h", 12), ("7d", 168), ("2w", 336)])
def test_parse_since_counts_back(text: str, hours: float) -> None:
    assert parse_since(text, NOW) == NOW - timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "soon", "d", "12x", "2026-13-01", "1e999d"])
def test_parse_since_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_since(text, NOW)


def test_edge_status_says_when_the_edge_never_reported(house: Path, machiya: Any) -> None:
    del house
    outcome = machiya("edge", "status")
    assert (outcome.code, "never reported" in outcome.err) == (10, True)


def test_edge_status_is_quiet_when_nothing_is_wrong(house: Path, machiya: Any) -> None:
    open_house(house).edge_book().take_report(report(held=3, oldest=NOW), NOW)
    outcome = machiya("edge", "status")
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(machiya("edge", "status", "--json").out)["state"]["held"] == 3


def test_edge_dead_list_retry_and_discard(house: Path, machiya: Any) -> None:
    book = open_house(house).edge_book()
    book.take_report(report(dead=(letter(),), dead_count=1), NOW)
    assert "unknown_recipient: nobody@home.test" in machiya("edge", "dead", "list").out
    [data] = json.loads(machiya("edge", "dead", "list", "--json").out)
    assert (data["delivery_id"], data["from"], data["size_bytes"]) == (DEAD, "", 42)
    assert machiya("edge", "retry", DEAD[:13]).code == 0
    [order] = book.open_orders()
    assert (order.delivery_id, str(order.action)) == (DEAD, "retry")
    assert machiya("edge", "discard", DEAD, "--yes").code == 6
    assert machiya("edge", "retry", "ffffffff").code == 4
    assert machiya("edge", "retry").code == 2


def test_edge_discard_asks_first(house: Path, machiya: Any, type_in: Any) -> None:
    book = open_house(house).edge_book()
    book.take_report(report(dead=(letter(),), dead_count=1), NOW)
    type_in("n")
    assert machiya("edge", "discard", "--all").code == 7
    assert book.open_orders() == ()
    assert machiya("edge", "discard", "--all", "--yes").code == 0
    [order] = book.open_orders()
    assert str(order.action) == "discard"


def test_reconcile_says_when_a_message_may_be_lost(house: Path, machiya: Any) -> None:
    opened = open_house(house)
    made = asyncio.run(deliver(opened, "you@home.test"))
    opened.edge_book().take_report(report(accepted=(made,)), NOW)
    well = machiya("reconcile")
    assert (well.code, well.out.splitlines()[0]) == (0, "1 in, 1 delivered, 0 dead, 0 held at the edge")
    opened.edge_book().take_report(report(accepted=(DEAD,)), NOW)
    lost = machiya("reconcile")
    assert (lost.code, "never came home" in lost.err) == (10, True)
    assert json.loads(machiya("reconcile", "--json").out)["in_order"] is False


def test_reconcile_tells_of_a_deleted_message_without_alarm(house: Path, machiya: Any) -> None:
    opened = open_house(house)
    asyncio.run(deliver(opened, "you@home.test"))
    [file] = (opened.mail_folder / "home.test" / "you" / "Maildir" / "new").iterdir()
    file.unlink()
    told = machiya("reconcile")
    assert (told.code, "deleted by its owner?" in told.out) == (0, True)
