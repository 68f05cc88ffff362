"""``machiya mailbox filter``: filters in plain words."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from machiya.accounts.rules.model import Comparison, Condition, Field, Filter
from machiya.accounts.rules.plain import filter_to_plain
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput, NotFound
from machiya.entrypoints.cli import accounts_view as view
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import Json, opened
from machiya.entrypoints.cli.rules import Address, audited_rules, told

app = typer.Typer(no_args_is_help=True, help="Filters of a mailbox, asked in their order.")

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Which one, as machiya mailbox filter list counts.")]
Conditions = Annotated[
    list[str],
    typer.Option("--if", help="'FIELD contains|is TEXT' with sender, recipient, subject or list-id; may be repeated."),
]


@app.command("list")
def list_(context: typer.Context, address: Address, as_json: Json = False) -> None:
    """List the filters of a mailbox."""
    found = opened(context).rules().show(EmailAddress.parse(address)).filters
    if as_json:
        console.show_json({"filters": [filter_to_plain(one) for one in found]})
        return
    rows = [(str(number), one.name, _state(one), _if(one), _then(one)) for number, one in enumerate(found, start=1)]
    console.show_table(("number", "name", "state", "if", "then"), rows, empty="No filter yet.")


@app.command()
def add(
    context: typer.Context,
    address: Address,
    conditions: Conditions,
    *,
    any_: Annotated[bool, typer.Option("--any", help="One condition is enough; else all must hold.")] = False,
    name: Annotated[str, typer.Option("--name", help="What it is called.")] = "",
    folder: Annotated[str, typer.Option("--folder", help="Put it into this folder, made when missing.")] = "",
    read: Annotated[bool, typer.Option("--read", help="Mark it as read.")] = False,
    flag: Annotated[bool, typer.Option("--flag", help="Flag it.")] = False,
    trash: Annotated[bool, typer.Option("--trash", help="Put it into Trash.")] = False,
    forward_to: Annotated[
        list[str] | None, typer.Option("--forward", help="Send a copy there; may be repeated.")
    ] = None,
    go_on: Annotated[bool, typer.Option("--go-on", help="Ask the filters after it too.")] = False,
    at: Annotated[int, typer.Option("--at", help="At this place; 0: last.")] = 0,
    as_json: Json = False,
) -> None:
    """Add a filter: if the conditions hold, do what the options say."""
    made = Filter(
        name=name,
        conditions=tuple(map(_condition, conditions)),
        match_all=not any_,
        folder=folder,
        mark_read=read,
        flag=flag,
        forward_to=tuple(EmailAddress.parse(target) for target in forward_to or ()),
        trash=trash,
        stop=not go_on,
    )

    def change(filters: list[Filter]) -> None:
        filters.insert(at - 1 if at else len(filters), made)

    _change(context, address, change, as_json=as_json)


@app.command()
def remove(context: typer.Context, address: Address, number: Number, as_json: Json = False) -> None:
    """Remove a filter."""
    _change(context, address, lambda filters: filters.pop(_index(filters, number)), as_json=as_json)


@app.command()
def move(
    context: typer.Context,
    address: Address,
    number: Number,
    to: Annotated[int, typer.Argument(metavar="TO", help="Its new place.")],
    as_json: Json = False,
) -> None:
    """Ask a filter earlier or later."""

    def change(filters: list[Filter]) -> None:
        filters.insert(max(to - 1, 0), filters.pop(_index(filters, number)))

    _change(context, address, change, as_json=as_json)


@app.command()
def switch(
    context: typer.Context,
    address: Address,
    number: Number,
    *,
    on: Annotated[bool, typer.Option("--on/--off", help="Ask it, or not.")],
    as_json: Json = False,
) -> None:
    """Switch a filter on or off."""

    def change(filters: list[Filter]) -> None:
        index = _index(filters, number)
        filters[index] = replace(filters[index], enabled=on)

    _change(context, address, change, as_json=as_json)


def _change(context: typer.Context, address: str, change: Callable[[list[Filter]], object], *, as_json: bool) -> None:
    parsed = EmailAddress.parse(address)
    rules = audited_rules(context, parsed, "filters")
    filters = list(rules.show(parsed).filters)
    change(filters)
    told(rules.set_filters(parsed, filters), as_json=as_json)
    if not as_json:
        list_(context, address)


def _index(filters: list[Filter], number: int) -> int:
    if not 1 <= number <= len(filters):
        raise NotFound(f"there is no filter {number}", hint="machiya mailbox filter list ADDRESS counts them.")
    return number - 1


def _condition(text: str) -> Condition:
    field, _, rest = text.strip().partition(" ")
    comparison, _, wanted = rest.strip().partition(" ")
    try:
        return Condition(Field(field.lower()), Comparison(comparison.lower()), wanted)
    except ValueError as error:
        raise InvalidInput(
            f"not a condition: {text!r}",
            hint="Write it like 'subject contains invoice' or 'sender is taro@example.jp'; "
            f"it can look at {', '.join(Field)}.",
        ) from error


def _state(one: Filter) -> str:
    return "on" if one.enabled else "off"


def _if(one: Filter) -> str:
    texts = (f"{condition.field} {condition.comparison} {condition.text}" for condition in one.conditions)
    return (" and " if one.match_all else " or ").join(texts)


def _then(one: Filter) -> str:
    actions = [f"folder {one.folder}"] if one.folder else []
    actions += ["Trash"] if one.trash else []
    actions += ["read"] if one.mark_read else []
    actions += ["flag"] if one.flag else []
    actions += [f"forward to {view.listed(one.forward_to)}"] if one.forward_to else []
    return ", ".join(actions) + ("" if one.stop else "; go on")
