"""``machiya domain``: the mail domains of the house."""

from typing import Annotated

import typer

from machiya.accounts import domains
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import InvalidInput
from machiya.entrypoints.cli import accounts_view as view
from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.house import Json, Yes, opened

app = typer.Typer(no_args_is_help=True, help="Mail domains.")

Name = Annotated[str, typer.Argument(metavar="DOMAIN", help="The domain: example.jp.")]
CatchAll = Annotated[str, typer.Option("--catch-all", help="Who gets what no mailbox or alias takes.")]


@app.command()
def add(context: typer.Context, name: Name) -> None:
    """Take a domain into the house."""
    house = opened(context)
    parsed = DomainName.parse(name)
    domain = domains.add_domain(house.accounts_uow(audit=note("domain.add", parsed)), house.clock, parsed)
    console.say(f"{domain.name.unicode} is a domain of this house. Next: machiya mailbox add NAME@{domain.name}")


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the domains."""
    found = domains.list_domains(opened(context).accounts_uow(read_only=True))
    if as_json:
        console.show_json({"domains": [view.domain_data(one) for one in found]})
        return
    rows = [
        (one.domain.name.unicode, str(one.mailboxes), str(one.aliases), view.maybe(one.domain.catch_all))
        for one in found
    ]
    console.show_table(
        ("domain", "mailboxes", "aliases", "catch-all"), rows, empty="No domain yet. Add one: machiya domain add NAME"
    )


@app.command()
def show(context: typer.Context, name: Name, as_json: Json = False) -> None:
    """Show one domain."""
    found = domains.show_domain(opened(context).accounts_uow(read_only=True), DomainName.parse(name))
    if as_json:
        console.show_json(view.domain_data(found))
        return
    facts = [("domain", found.domain.name.unicode)]
    if found.domain.name.unicode != str(found.domain.name):
        facts.append(("in DNS", str(found.domain.name)))
    facts += [
        ("mailboxes", str(found.mailboxes)),
        ("aliases", str(found.aliases)),
        ("catch-all", view.maybe(found.domain.catch_all)),
        ("since", f"{found.domain.created_at:%Y-%m-%d}"),
    ]
    console.show_facts(facts)


@app.command()
def change(
    context: typer.Context,
    name: Name,
    catch_all: CatchAll = "",
    no_catch_all: Annotated[bool, typer.Option("--no-catch-all", help="End the catch-all.")] = False,
) -> None:
    """Set or end the catch-all of a domain."""
    if bool(catch_all) == no_catch_all:
        raise InvalidInput("say what to change", hint="Give --catch-all ADDRESS or --no-catch-all, one of them.")
    house = opened(context)
    target = EmailAddress.parse(catch_all) if catch_all else None
    domain = DomainName.parse(name)
    audit = note("domain.change", domain, catch_all=target or "none")
    changed = domains.change_domain(house.accounts_uow(audit=audit), domain, catch_all=target)
    console.say(f"{changed.name.unicode}: catch-all {view.maybe(changed.catch_all)}. {view.edge_knows(house)}")


@app.command()
def remove(
    context: typer.Context,
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Also when it still has mailboxes.")] = False,
    yes: Yes = False,
) -> None:
    """Remove a domain. With --force all its mailboxes too; mail is put aside, never deleted."""
    house, domain = opened(context), DomainName.parse(name)
    files, owner = house.mailbox_files(), view.owner_of(house)
    plan = domains.plan_domain_removal(house.accounts_uow(read_only=True), files, domain, owner=owner)
    view.show_domain_plan(plan, webmail=house.in_containers)
    if force or not plan.mailboxes:
        ask.agreed(f"Remove {domain.unicode}?", yes=yes)
    audit = note("domain.remove", domain, mailboxes=view.listed(plan.mailboxes), aliases=view.listed(plan.aliases))
    done = domains.remove_domain(
        house.accounts_uow(audit=audit),
        files,
        domain,
        force=force,
        owner=owner,
        sessions=house.sessions(),
        webmail=house.webmail_people(),
    )
    view.warn_of_open_sessions(done.open_sessions)
    console.say(f"{domain.unicode} is removed. {view.edge_knows(house)}")
    for place in done.retired_to:
        console.say(f"Its mail is in {place}")
