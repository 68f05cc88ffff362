"""``machiya mailbox``: the mailboxes of the house."""

from typing import Annotated

import typer

from machiya.accounts import mailboxes
from machiya.accounts.mailboxes import MailboxSaved, MailboxView
from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import InvalidInput
from machiya.core.sizes import parse_size
from machiya.entrypoints.cli import accounts_view as view
from machiya.entrypoints.cli import app_password, ask, console, filters, rules
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.house import Json, Yes, opened

app = typer.Typer(no_args_is_help=True, help="Mailboxes.")
app.add_typer(app_password.app, name="app-password")

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The mailbox: taro@example.jp.")]
Quota = Annotated[str, typer.Option("--quota", help="How much mail it may hold: 2 GiB; 0: no limit.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
GeneratePassword = Annotated[bool, typer.Option("--generate-password", help="Make a password and show it once.")]


@app.command()
def add(
    context: typer.Context,
    address: Address,
    quota: Quota = "",
    password_stdin: PasswordStdin = False,
    generate_password: GeneratePassword = False,
) -> None:
    """Make a mailbox. Its password is asked for, read from standard input or generated."""
    house, parsed = opened(context), EmailAddress.parse(address)
    quota_bytes = parse_size(quota) if quota else house.settings.mail.default_quota
    password = ask.new_password(from_stdin=password_stdin, generate=generate_password)
    audit = note("mailbox.add", parsed, quota_bytes=quota_bytes)
    saved = mailboxes.add_mailbox(
        house.accounts_uow(audit=audit),
        house.clock,
        house.password_hasher(),
        parsed,
        password=password,
        quota_bytes=quota_bytes,
    )
    console.say(f"The mailbox {parsed.unicode} is made. {view.edge_knows(house)}")
    show_password_once(saved)


@app.command("list")
def list_(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="Only those of this domain.")] = "",
    as_json: Json = False,
) -> None:
    """List the mailboxes."""
    only = DomainName.parse(domain) if domain else None
    found = mailboxes.list_mailboxes(opened(context).accounts_uow(read_only=True), only)
    if as_json:
        console.show_json({"mailboxes": [view.mailbox_data(one) for one in found]})
        return
    rows = [
        (one.address.unicode, "enabled" if one.enabled else "disabled", view.quota_text(one.quota_bytes))
        for one in found
    ]
    console.show_table(
        ("mailbox", "state", "quota"), rows, empty="No mailbox yet. Add one: machiya mailbox add NAME@DOMAIN"
    )


@app.command()
def show(context: typer.Context, address: Address, as_json: Json = False) -> None:
    """Show one mailbox: what leads to it and what it holds."""
    house = opened(context)
    work, files = house.accounts_uow(read_only=True), house.mailbox_files()
    found = mailboxes.show_mailbox(work, files, EmailAddress.parse(address))
    if as_json:
        console.show_json(view.mailbox_view_data(found))
        return
    box = found.mailbox
    console.show_facts(
        [
            ("mailbox", box.address.unicode),
            ("state", "enabled" if box.enabled else "disabled"),
            ("password", "set" if box.password else "none: nobody can log in"),
            ("app passwords", _app_passwords(found, house=house.settings.mail.app_passwords_required)),
            ("quota", view.quota_text(box.quota_bytes)),
            ("holds", view.mail_text(found.message_count, found.usage_bytes)),
            ("aliases", view.listed(found.aliases)),
            ("catch-all of", view.listed(found.catch_all_of)),
            ("since", f"{box.created_at:%Y-%m-%d}"),
        ]
    )


@app.command()
def change(
    context: typer.Context,
    address: Address,
    *,
    quota: Quota = "",
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Take mail and let its owner log in, or neither.")
    ] = None,
    app_passwords_required: Annotated[
        bool | None,
        typer.Option(
            "--require-app-passwords/--no-require-app-passwords",
            help="Let mail programs in with app passwords only, or with the password, too.",
        ),
    ] = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
    password_stdin: PasswordStdin = False,
    generate_password: GeneratePassword = False,
) -> None:
    """Change quota, password, state or what mail programs need. What is not named stays."""
    new_password = password or password_stdin or generate_password
    if not (quota or new_password or (enabled, app_passwords_required) != (None, None)):
        raise InvalidInput("say what to change", hint="machiya mailbox change --help lists what can be changed.")
    house, parsed = opened(context), EmailAddress.parse(address)
    state = "" if enabled is None else ("enabled" if enabled else "disabled")
    audit = note(
        "mailbox.change",
        parsed,
        quota=quota,
        password="new" if new_password else "",
        state=state,
        app_passwords_required="" if app_passwords_required is None else app_passwords_required,
    )
    saved = mailboxes.change_mailbox(
        house.accounts_uow(audit=audit),
        house.password_hasher(),
        parsed,
        password=ask.new_password(from_stdin=password_stdin, generate=generate_password) if new_password else None,
        generate=generate_password,
        quota_bytes=parse_size(quota) if quota else None,
        enabled=enabled,
        app_passwords_required=app_passwords_required,
        sessions=house.sessions(),
    )
    view.warn_of_open_sessions(saved.open_sessions)
    box = saved.mailbox
    needs = ", mail programs need app passwords" if box.app_passwords_required else ""
    kept = "enabled" if box.enabled else "disabled"
    console.say(f"{box.address.unicode}: {kept}, quota {view.quota_text(box.quota_bytes)}{needs}.")
    if new_password and saved.app_passwords:
        some = "1 app password opens" if saved.app_passwords == 1 else f"{saved.app_passwords} app passwords open"
        console.note(f"{some} it as before: machiya mailbox app-password list {box.address}")
    if enabled is not None:
        console.say(view.edge_knows(house))
    show_password_once(saved)


@app.command()
def remove(context: typer.Context, address: Address, yes: Yes = False) -> None:
    """Remove a mailbox and what points to it. Its mail is put aside, never deleted."""
    house, parsed = opened(context), EmailAddress.parse(address)
    files, owner = house.mailbox_files(), view.owner_of(house)
    plan = mailboxes.plan_mailbox_removal(house.accounts_uow(read_only=True), files, parsed, owner=owner)
    view.show_mailbox_plan(plan, webmail=house.in_containers)
    ask.agreed(f"Remove {parsed.unicode}?", yes=yes)
    audit = note("mailbox.remove", parsed, messages=plan.message_count)
    done = mailboxes.remove_mailbox(
        house.accounts_uow(audit=audit),
        files,
        parsed,
        owner=owner,
        sessions=house.sessions(),
        webmail=house.webmail_people(),
    )
    view.warn_of_open_sessions(done.open_sessions)
    console.say(f"{parsed.unicode} is removed. {view.edge_knows(house)}")
    for place in done.retired_to:
        console.say(f"Its mail is in {place}")


def _app_passwords(found: MailboxView, *, house: bool) -> str:
    by = "the mailbox" if found.mailbox.app_passwords_required else "mail.app_passwords_required" if house else ""
    return f"{found.app_passwords or 'none'}{by and f', required by {by}'}"


def show_password_once(saved: MailboxSaved) -> None:
    """A generated password is known now and never again."""
    if saved.generated_password:
        console.say(f"Password (shown only now): {saved.generated_password}")


app.command("vacation")(rules.vacation)
app.command("forward")(rules.forward)
app.add_typer(filters.app, name="filter")
