"""``machiya edge``: what the edge holds, what it gave up on, and what to do with that."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import InvalidInput
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import ask, console, exit_codes
from machiya.entrypoints.cli.house import Json, Yes, opened

if TYPE_CHECKING:
    from machiya.bootstrap import House
    from machiya.mail.edge import DeadLetter, OrderAction

app = typer.Typer(no_args_is_help=True, help="The edge: what it holds and what it gave up on.")
dead_app = typer.Typer(no_args_is_help=True, help="Dead letters: messages the edge gave up on, kept there.")
app.add_typer(dead_app, name="dead")

Which = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Delivery ids, or their first characters.")]
All = Annotated[bool, typer.Option("--all", help="Every dead letter.")]


@app.command("status")
def status(context: typer.Context, as_json: Json = False) -> None:
    """Say what the edge last reported; exit code 10 if something needs attention."""
    from machiya.mail.edge_desk import edge_status  # noqa: PLC0415 – only when asked

    house = opened(context)
    found = edge_status(house.edge_book(), house.clock)
    state = found.state
    if as_json:
        console.show_json({"problems": found.problems, "state": _state_data(state) if state else None})
    else:
        if state:
            console.show_facts([(name.replace("_", " "), str(value)) for name, value in _state_data(state).items()])
        for problem in found.problems:
            console.warn(problem)
    if found.problems:
        raise typer.Exit(exit_codes.ATTENTION)


def _state_data(state: Any) -> dict[str, Any]:
    return {
        "edge": state.edge,
        "reported_at": state.reported_at,
        "held": state.held,
        "oldest": state.oldest or "-",
        "dead": state.dead_count,
        "recipients_confirmed_at": state.recipients_confirmed_at or "-",
        "recipients_complete": state.recipients_complete,
    }


@dead_app.command("list")
def dead_list(context: typer.Context, as_json: Json = False) -> None:
    """List the dead letters with their reasons."""
    letters = opened(context).edge_book().dead_letters()
    if as_json:
        console.show_json([_letter_data(letter) for letter in letters])
        return
    rows = [
        (letter.delivery_id, letter.sender or "<>", letter.recipient, format_size(letter.size_bytes), letter.reason)
        for letter in letters
    ]
    console.show_table(("id", "from", "to", "size", "reason"), rows, empty="No dead letters.")


def _letter_data(letter: "DeadLetter") -> dict[str, Any]:
    return {
        "delivery_id": letter.delivery_id,
        "from": letter.sender,
        "to": letter.recipient,
        "accepted_at": letter.accepted_at.isoformat(),
        "died_at": letter.died_at.isoformat(),
        "size_bytes": letter.size_bytes,
        "reason": letter.reason,
    }


@app.command("retry")
def retry(context: typer.Context, ids: Which = None, everything: All = False) -> None:
    """Have the edge offer dead letters again."""
    from machiya.mail.edge import OrderAction  # noqa: PLC0415 – only when asked

    house = opened(context)
    _order(house, OrderAction.RETRY, _chosen(house, ids, everything=everything))


@app.command("discard")
def discard(context: typer.Context, ids: Which = None, everything: All = False, yes: Yes = False) -> None:
    """Have the edge delete dead letters for good."""
    from machiya.mail.edge import OrderAction  # noqa: PLC0415 – only when asked

    house = opened(context)
    letters = _chosen(house, ids, everything=everything)
    for letter in letters:
        console.say(f"{letter.delivery_id}  {letter.sender or '<>'} -> {letter.recipient}  ({letter.reason})")
    if letters:
        ask.agreed(f"Delete {len(letters)} message(s) for good? Nobody can get them back.", yes=yes)
    _order(house, OrderAction.DISCARD, letters)


def _chosen(house: "House", ids: list[str] | None, *, everything: bool) -> "list[DeadLetter]":
    from machiya.mail.edge_desk import find_dead  # noqa: PLC0415 – only when asked

    if bool(ids) == everything:
        raise InvalidInput("name dead letters or say --all", hint="machiya edge dead list shows the ids.")
    book = house.edge_book()
    return list(book.dead_letters()) if everything else [find_dead(book, prefix) for prefix in ids or []]


def _order(house: "House", action: "OrderAction", letters: "list[DeadLetter]") -> None:
    from machiya.mail.edge_desk import order  # noqa: PLC0415 – only when asked

    for letter in letters:
        order(house.edge_book(), action, letter.delivery_id, house.clock)
        console.say(f"{letter.delivery_id}: the edge will {action} it at its next sweep.")
    if not letters:
        console.note("No dead letters.")
