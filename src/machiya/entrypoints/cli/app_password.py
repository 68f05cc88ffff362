"""``machiya mailbox app-password``: one password for each device."""

from typing import Annotated, Any

import typer

from machiya.accounts import app_passwords
from machiya.accounts.model import AppPassword, LastUse
from machiya.core.addresses import EmailAddress
from machiya.core.clock import to_wire
from machiya.core.errors import InvalidInput
from machiya.entrypoints.cli import accounts_view as view
from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.house import Json, Yes, opened

app = typer.Typer(no_args_is_help=True, help="App passwords of a mailbox, one for each device.")

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The mailbox: taro@example.jp.")]
Device = Annotated[str, typer.Argument(metavar="DEVICE", help="The name of the app password, or its id.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The device it is for: Phone.")]


@app.command()
def add(context: typer.Context, address: Address, name: Name, as_json: Json = False) -> None:
    """Make a password for one device, for IMAP, POP3, sending and webmail. It is shown once."""
    house, parsed = opened(context), EmailAddress.parse(address)
    work = house.accounts_uow(audit=note("app_password.add", parsed, name=name))
    made = app_passwords.add_app_password(work, house.clock, parsed, name)
    if as_json:
        console.show_json(_data(made.app_password) | {"password": made.password})
        return
    console.say(f"{made.app_password.name} may log in as {made.app_password.mailbox.unicode}.")
    console.say(f"Password (shown only now): {made.password}")
    if not house.in_containers:
        console.note("This house has no IMAP server; the password waits for the house in containers.")


@app.command("list")
def list_(context: typer.Context, address: Address, as_json: Json = False) -> None:
    """List the app passwords of a mailbox and when each was last used."""
    found = app_passwords.list_app_passwords(opened(context).accounts_uow(read_only=True), EmailAddress.parse(address))
    if as_json:
        console.show_json({"app_passwords": [_data(one) for one in found]})
        return
    rows = [(one.name, f"{one.created_at:%Y-%m-%d}", _used(one.last_use), one.id) for one in found]
    empty = f"No app password yet. Make one: machiya mailbox app-password add {address} NAME"
    console.show_table(("device", "since", "last used", "id"), rows, empty=empty)


@app.command()
def rename(context: typer.Context, address: Address, device: Device, name: Name) -> None:
    """Give an app password another name."""
    parsed = EmailAddress.parse(address)
    work = opened(context).accounts_uow(audit=note("app_password.rename", parsed, name=device, new_name=name))
    renamed = app_passwords.rename_app_password(work, parsed, device, name)
    console.say(f"{device} is now {renamed.name}.")


@app.command()
def revoke(
    context: typer.Context,
    address: Address,
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="The name of the app password, or its id.")] = "",
    *,
    every: Annotated[bool, typer.Option("--all", help="All of the mailbox.")] = False,
    yes: Yes = False,
) -> None:
    """End an app password at once. Every mail program is logged out; those with another password come back."""
    if bool(device) == every:
        raise InvalidInput("say which app password", hint="Name one device, or --all.")
    house, parsed = opened(context), EmailAddress.parse(address)
    work = house.accounts_uow(audit=note("app_password.revoke", parsed, name=device or "all"))
    sessions = house.sessions()
    if every:
        ask.agreed(f"Revoke all app passwords of {parsed.unicode}?", yes=yes)
        done = app_passwords.revoke_app_passwords(work, parsed, sessions=sessions)
    else:
        done = app_passwords.revoke_app_password(work, parsed, device, sessions=sessions)
    view.warn_of_open_sessions(done.open_sessions)
    names = ", ".join(one.name for one in done.revoked)
    console.say(f"Revoked for {parsed.unicode}: {names or 'nothing, there was none'}.")


def _data(one: AppPassword) -> dict[str, Any]:
    used = one.last_use
    return {
        "id": one.id,
        "mailbox": str(one.mailbox),
        "name": one.name,
        "created_at": to_wire(one.created_at),
        "last_use": used and {"at": to_wire(used.at), "protocol": used.protocol, "client_address": used.client_address},
    }


def _used(used: LastUse | None) -> str:
    return f"{used.at:%Y-%m-%d %H:%M} {used.protocol} {used.client_address}" if used else "never"
