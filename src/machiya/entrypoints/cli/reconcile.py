"""``machiya reconcile``: edge, ledger and store held against each other."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from machiya.entrypoints.cli import console, exit_codes
from machiya.entrypoints.cli.house import Json, opened
from machiya.entrypoints.cli.trace import parse_since

if TYPE_CHECKING:
    from datetime import datetime

    from machiya.bootstrap import House
    from machiya.mail.reconcile import Reconciliation


def reconcile(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="From when on: 12h, 1d, 7d, or a date.")] = "1d",
    as_json: Json = False,
) -> None:
    """Compare what the edge accepted with what was delivered; exit code 10 if a message may be lost."""
    house = opened(context)
    moment = parse_since(since, house.clock.now())
    found = asyncio.run(_reconcile(house, moment or house.clock.now()))
    if as_json:
        console.show_json(_as_data(found))
    else:
        _show(found)
    if not found.in_order:
        raise typer.Exit(exit_codes.ATTENTION)


async def _reconcile(house: "House", since: "datetime") -> "Reconciliation":
    from machiya.mail.reconcile import reconcile as compare  # noqa: PLC0415 – only when asked

    store = house.mail_store()
    try:
        return await compare(
            book=house.edge_book(), trace=house.trace_reader(), store=store, clock=house.clock, since=since
        )
    finally:
        await store.close()


def _show(found: "Reconciliation") -> None:
    console.say(
        f"{found.accepted} in, {found.delivered} delivered, {found.dead} dead, {found.held} held at the edge",
        style="bold",
    )
    for item in found.discrepancies:
        (console.warn if item.alarming else console.say)(f"{item.delivery_id}  {item.what}")
    if found.in_order:
        console.say("No message is lost.")


def _as_data(found: "Reconciliation") -> dict[str, object]:
    return {
        "since": found.since.isoformat(),
        "accepted": found.accepted,
        "delivered": found.delivered,
        "dead": found.dead,
        "held": found.held,
        "in_order": found.in_order,
        "discrepancies": [
            {"delivery_id": item.delivery_id, "what": item.what, "alarming": item.alarming}
            for item in found.discrepancies
        ],
    }
