"""``machiya alias``: addresses that stand for others."""

from typing import Annotated

import typer

from machiya.accounts import aliases
from machiya.core.addresses import DomainName, EmailAddress
from machiya.entrypoints.cli import accounts_view as view
from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.house import Json, Yes, opened

app = typer.Typer(no_args_is_help=True, help="Addresses that stand for mailboxes.")

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The alias: sales@example.jp.")]
Targets = Annotated[list[str], typer.Argument(metavar="TARGET...", help="Mailboxes or aliases of this house.")]


@app.command()
def add(context: typer.Context, address: Address, targets: Targets) -> None:
    """Let an address stand for one or more mailboxes."""
    house = opened(context)
    parsed = [EmailAddress.parse(target) for target in targets]
    audit = note("alias.add", EmailAddress.parse(address), targets=", ".join(map(str, parsed)))
    alias = aliases.add_alias(house.accounts_uow(audit=audit), house.clock, EmailAddress.parse(address), parsed)
    console.say(f"{alias.address.unicode} → {view.listed(alias.targets)}. {view.edge_knows(house)}")


@app.command("list")
def list_(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="Only those of this domain.")] = "",
    as_json: Json = False,
) -> None:
    """List the aliases."""
    only = DomainName.parse(domain) if domain else None
    found = aliases.list_aliases(opened(context).accounts_uow(read_only=True), only)
    if as_json:
        console.show_json({"aliases": [view.alias_data(one) for one in found]})
        return
    rows = [(one.address.unicode, view.listed(one.targets)) for one in found]
    console.show_table(("alias", "stands for"), rows, empty="No alias yet. Add one: machiya alias add ADDRESS TARGET")


@app.command()
def show(context: typer.Context, address: Address, as_json: Json = False) -> None:
    """Show one alias and the mailboxes its mail reaches in the end."""
    found = aliases.show_alias(opened(context).accounts_uow(read_only=True), EmailAddress.parse(address))
    if as_json:
        console.show_json(view.alias_data(found.alias) | {"mailboxes": [str(box) for box in found.mailboxes]})
        return
    console.show_facts(
        [
            ("alias", found.alias.address.unicode),
            ("stands for", view.listed(found.alias.targets)),
            ("reaches", view.listed(found.mailboxes)),
            ("since", f"{found.alias.created_at:%Y-%m-%d}"),
        ]
    )


@app.command()
def change(context: typer.Context, address: Address, targets: Targets) -> None:
    """Replace what an alias stands for."""
    parsed = [EmailAddress.parse(target) for target in targets]
    audit = note("alias.change", EmailAddress.parse(address), targets=", ".join(map(str, parsed)))
    alias = aliases.change_alias(opened(context).accounts_uow(audit=audit), EmailAddress.parse(address), parsed)
    console.say(f"{alias.address.unicode} → {view.listed(alias.targets)}")


@app.command()
def remove(context: typer.Context, address: Address, yes: Yes = False) -> None:
    """Remove an alias and what points to it."""
    house, parsed = opened(context), EmailAddress.parse(address)
    plan = aliases.plan_alias_removal(house.accounts_uow(read_only=True), parsed)
    console.say(f"Removing the alias {parsed.unicode}:")
    console.say("  mail for it will be refused, unless the domain has a catch-all")
    view.show_references(plan.references)
    ask.agreed(f"Remove {parsed.unicode}?", yes=yes)
    aliases.remove_alias(house.accounts_uow(audit=note("alias.remove", parsed)), parsed)
    console.say(f"{parsed.unicode} is removed. {view.edge_knows(house)}")
